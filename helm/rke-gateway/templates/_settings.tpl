{{/* The networks as the gateway's configuration has them, as JSON: {"networks": […]}. */}}
{{- define "rke.networks" -}}
{{- $networks := list -}}
{{- if .Values.keyServers.enabled -}}
{{- $servers := dict -}}
{{- $host := printf "%s-key-servers.%s.svc.%s" (include "rke.fullname" .) .Release.Namespace .Values.clusterDomain -}}
{{- range $raida := untilStep 0 25 1 -}}
{{- $_ := set $servers (toString $raida) (printf "%s:%d" $host (add 50000 $raida)) -}}
{{- end -}}
{{- $networks = append $networks (dict "Id" (int .Values.keyServers.network) "Profile" .Values.keyServers.profile "Servers" $servers) -}}
{{- end -}}
{{- range .Values.networks -}}
{{- $network := dict "Id" (int .id) "Servers" .servers -}}
{{- with .name }}{{ $_ := set $network "Name" . }}{{ end -}}
{{- with .profile }}{{ $_ := set $network "Profile" . }}{{ end -}}
{{- with .responseIv }}{{ $_ := set $network "ResponseIv" . }}{{ end -}}
{{- with .keyLifetime }}{{ $_ := set $network "KeyLifetime" . }}{{ end -}}
{{- $networks = append $networks $network -}}
{{- end -}}
{{- dict "networks" $networks | toJson -}}
{{- end -}}

{{/* Seconds as hh:mm:ss. */}}
{{- define "rke.time" -}}
{{- $seconds := int . -}}
{{- printf "%02d:%02d:%02d" (div $seconds 3600) (mod (div $seconds 60) 60) (mod $seconds 60) -}}
{{- end -}}

{{/*
What may change while the gateway runs is in its file; where it listens, what it shares and its secrets are in the
environment.
*/}}
{{- define "rke.settings" -}}
{{- $coin := .Values.limits.coin -}}
{{- $caller := .Values.limits.caller -}}
{{- $rke := dict "Networks" (get (include "rke.networks" . | fromJson) "networks") -}}
{{- $grpc := dict "MaxCalls" (int .Values.grpc.maxCalls) "DefaultDeadline" .Values.grpc.defaultDeadline -}}
{{- with .Values.grpc.maxConnectionAge }}{{ $_ := set $grpc "MaxConnectionAge" . }}{{ end -}}
{{- $_ := set $rke "Grpc" $grpc -}}
{{- $limits := dict "Coin" (dict "Posts" (int $coin.posts) "Window" $coin.window "Rest" $coin.rest) -}}
{{- if or $caller.requestsPerSecond $caller.postsPerDay -}}
{{- $set := dict "Shadow" $caller.shadow -}}
{{- if $caller.requestsPerSecond }}{{ $_ := set $set "RequestsPerSecond" (int $caller.requestsPerSecond) }}{{ end -}}
{{- if $caller.postsPerDay }}{{ $_ := set $set "PostsPerDay" (int $caller.postsPerDay) }}{{ end -}}
{{- $_ := set $limits "Caller" $set -}}
{{- end -}}
{{- $_ := set $rke "Limits" $limits -}}
{{- with .Values.targets.allow }}{{ $_ := set $rke "Targets" (dict "Allow" .) }}{{ end -}}
{{- $rke = mustMergeOverwrite $rke (deepCopy .Values.settings) -}}
{{- dict "Rke" $rke | toPrettyJson -}}
{{- end -}}

{{- define "rke.environment" -}}
{{- $listen := .Values.listenAddress -}}
- name: Rke__Grpc__Url
  value: {{ ternary "https" "http" (ne .Values.tls.secretName "") }}://{{ $listen }}:{{ .Values.grpc.port }}
- name: Rke__Http__Url
  value: http://{{ $listen }}:{{ .Values.http.port }}
{{- if .Values.tls.secretName }}
- name: Rke__Grpc__Tls__Certificate
  value: /etc/rke-tls/tls.crt
- name: Rke__Grpc__Tls__Key
  value: /etc/rke-tls/tls.key
{{- if .Values.tls.clientCertificates }}
- name: Rke__Grpc__Tls__ClientAuthorities
  value: /etc/rke-tls/ca.crt
{{- end }}
{{- end }}
{{- if .Values.policy.configMapName }}
- name: Rke__Policy__Path
  value: /etc/rke-policy/policy.json
{{- end }}
{{- if include "rke.keysSecret" . }}
- name: Rke__Keys__Path
  value: /etc/rke-keys
{{- end }}
{{- with include "rke.redisEndpoints" . }}
- name: Rke__Redis__Endpoints
  value: {{ . | quote }}
{{- end }}
{{- if .Values.redis.tls }}
- name: Rke__Redis__Tls
  value: "true"
{{- end }}
{{- with .Values.redis.password }}
{{- if .secretName }}
- name: Rke__Redis__Password
  valueFrom:
    secretKeyRef:
      name: {{ .secretName }}
      key: {{ .key }}
{{- end }}
{{- end }}
{{- if .Values.sessions.sealingKey.secretName }}
- name: Rke__Sessions__SealingKey
  value: /etc/rke-sealing/{{ .Values.sessions.sealingKey.key }}
{{- end }}
{{- if .Values.signal.enabled }}
- name: Rke__Signal__Listen
  value: {{ printf "%s:%v" $listen .Values.signal.port | quote }}
{{- end }}
{{- with .Values.dns.resolver }}
- name: Rke__Dns__Resolver
  value: {{ . | quote }}
{{- end }}
- name: Rke__Grpc__DrainDelay
  value: {{ include "rke.time" .Values.drain.endpointSeconds | quote }}
- name: Rke__Grpc__DrainTimeout
  value: {{ include "rke.time" .Values.drain.callSeconds | quote }}
{{- if .Values.telemetry.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .Values.telemetry.otlpEndpoint | quote }}
- name: OTEL_SERVICE_NAME
  value: {{ include "rke.fullname" . }}
- name: RKE_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: OTEL_RESOURCE_ATTRIBUTES
  value: service.instance.id=$(RKE_POD_NAME),k8s.pod.name=$(RKE_POD_NAME),k8s.namespace.name={{ .Release.Namespace }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
