{{/* The networks in the form of the configuration file, as JSON: {"networks": […]}. */}}
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

{{/* Each section of the configuration file as JSON, from the values of the same name. */}}
{{- define "rke.settings.grpc" -}}
{{- $grpc := dict "MaxCalls" (int .maxCalls) "DefaultDeadline" .defaultDeadline "MaxMessageSize" (int .maxMessageSize) -}}
{{- $_ := set $grpc "MaxCallsPerPeer" (int .maxCallsPerPeer) -}}
{{- $_ := set $grpc "MaxDiagnosticStreams" (int .maxDiagnosticStreams) -}}
{{- $_ := set $grpc "MaxDiagnosticStreamsPerPeer" (int .maxDiagnosticStreamsPerPeer) -}}
{{- $_ := set $grpc "MaxConnections" (int .maxConnections) -}}
{{- $_ := set $grpc "MaxConnectionsPerPeer" (int .maxConnectionsPerPeer) -}}
{{- $_ := set $grpc "MaxStreamsPerConnection" (int .maxStreamsPerConnection) -}}
{{- $_ := set $grpc "MaxStreams" (int .maxStreams) -}}
{{- $_ := set $grpc "MaxStreamsPerPeer" (int .maxStreamsPerPeer) -}}
{{- $_ := set $grpc "MaxMetadataSize" (int .maxMetadataSize) -}}
{{- $_ := set $grpc "HandshakeTimeout" .handshakeTimeout -}}
{{- $_ := set $grpc "FirstCallTimeout" .firstCallTimeout -}}
{{- with .maxConnectionAge }}{{ $_ := set $grpc "MaxConnectionAge" . }}{{ end -}}
{{- $_ := set $grpc "MaxConnectionAgeGrace" .maxConnectionAgeGrace -}}
{{- $_ := set $grpc "KeepAliveInterval" .keepAliveInterval -}}
{{- $_ := set $grpc "KeepAliveTimeout" .keepAliveTimeout -}}
{{- if .web }}{{ $_ := set $grpc "Web" true }}{{ end -}}
{{- with .webOrigins }}{{ $_ := set $grpc "WebOrigins" . }}{{ end -}}
{{- toJson $grpc -}}
{{- end -}}

{{- define "rke.settings.limits" -}}
{{- $coin := dict "Posts" (int .coin.posts) "Window" .coin.window "Rest" .coin.rest -}}
{{- $caller := include "rke.settings.caller" .caller | fromJson -}}
{{- $_ := set $caller "Shadow" .caller.shadow -}}
{{- $_ := set $caller "TrustHeader" .caller.trustHeader -}}
{{- $_ := set $caller "LocalShare" .caller.localShare -}}
{{- $overrides := list -}}
{{- range .caller.overrides -}}
{{- $overrides = append $overrides (set (include "rke.settings.caller" . | fromJson) "Id" .id) -}}
{{- end -}}
{{- if $overrides }}{{ $_ := set $caller "Overrides" $overrides }}{{ end -}}
{{- dict "Coin" $coin "Caller" $caller | toJson -}}
{{- end -}}

{{/* A limit that an override does not set has the value for all callers. */}}
{{- define "rke.settings.caller" -}}
{{- $limits := dict -}}
{{- if hasKey . "requestsPerSecond" }}{{ $_ := set $limits "RequestsPerSecond" (int .requestsPerSecond) }}{{ end -}}
{{- if hasKey . "postsPerDay" }}{{ $_ := set $limits "PostsPerDay" (int .postsPerDay) }}{{ end -}}
{{- toJson $limits -}}
{{- end -}}

{{- define "rke.settings.identity" -}}
{{- $identity := dict -}}
{{- with .forwardedFrom }}{{ $_ := set $identity "ForwardedFrom" . }}{{ end -}}
{{- if .forwardedFrom }}{{ $_ := set $identity "ForwardedBy" .forwardedBy }}{{ end -}}
{{- if .jwt.issuer -}}
{{- $keys := printf "/etc/rke-tokens/%s" .jwt.keys.key -}}
{{- $_ := set $identity "Jwt" (dict "Issuer" .jwt.issuer "Audience" .jwt.audience "Keys" $keys) -}}
{{- end -}}
{{- toJson $identity -}}
{{- end -}}

{{- define "rke.settings.signal" -}}
{{- $signal := dict "CollectTimeout" .collectTimeout "MaxConcurrent" (int .maxConcurrent) -}}
{{- $_ := set $signal "SourceRate" (int .sourceRate) -}}
{{- $_ := set $signal "SourceBurst" (int .sourceBurst) -}}
{{- if .exchange }}{{ $_ := set $signal "Exchange" (dict "Enabled" true) }}{{ end -}}
{{- toJson $signal -}}
{{- end -}}

{{- define "rke.settings.peers" -}}
{{- $peers := list -}}
{{- range . -}}
{{- $peer := dict "Name" .name -}}
{{- with .network }}{{ $_ := set $peer "Network" (int .) }}{{ end -}}
{{- with .coins }}{{ $_ := set $peer "Coins" . }}{{ end -}}
{{- with .addresses }}{{ $_ := set $peer "Addresses" . }}{{ end -}}
{{- with .domain }}{{ $_ := set $peer "Domain" . }}{{ end -}}
{{- $peers = append $peers $peer -}}
{{- end -}}
{{- toJson $peers -}}
{{- end -}}

{{- define "rke.settings.kme" -}}
{{- $kme := dict "Id" .id "KeySize" (int .keySize) "Stock" (int .stock) "MaxKeysPerRequest" (int .maxKeysPerRequest) -}}
{{- $_ := set $kme "Lifetime" .lifetime -}}
{{- $_ := set $kme "MaxWaiting" (int .maxWaiting) -}}
{{- $saes := list -}}
{{- range .saes }}{{ $saes = append $saes (dict "Id" .id "Identity" .identity) }}{{ end -}}
{{- if $saes }}{{ $_ := set $kme "Saes" $saes }}{{ end -}}
{{- $pairs := list -}}
{{- range .pairs -}}
{{- $pair := dict "Master" .master "Slave" .slave -}}
{{- with .kme }}{{ $_ := set $pair "Kme" . }}{{ end -}}
{{- with .receiver }}{{ $_ := set $pair "Receiver" . }}{{ end -}}
{{- with .coins }}{{ $_ := set $pair "Coins" . }}{{ end -}}
{{- with .network }}{{ $_ := set $pair "Network" (int .) }}{{ end -}}
{{- with .peer }}{{ $_ := set $pair "Peer" . }}{{ end -}}
{{- $pairs = append $pairs $pair -}}
{{- end -}}
{{- if $pairs }}{{ $_ := set $kme "Pairs" $pairs }}{{ end -}}
{{- toJson $kme -}}
{{- end -}}

{{- define "rke.settings.telemetry" -}}
{{- dict "Otlp" (dict "Endpoint" .otlpEndpoint "Protocol" .protocol "Interval" .interval) "TraceShare" .traceShare | toJson -}}
{{- end -}}

{{/* The configuration file. Listeners, shared state and secrets are in the environment (rke.environment). */}}
{{- define "rke.settings" -}}
{{- $values := .Values -}}
{{- $rke := dict "Networks" (get (include "rke.networks" . | fromJson) "networks") -}}
{{- $_ := set $rke "Grpc" (include "rke.settings.grpc" $values.grpc | fromJson) -}}
{{- $_ := set $rke "Limits" (include "rke.settings.limits" $values.limits | fromJson) -}}
{{- with $values.targets.allow }}{{ $_ := set $rke "Targets" (dict "Allow" .) }}{{ end -}}
{{- with include "rke.settings.identity" $values.identity | fromJson }}{{ $_ := set $rke "Identity" . }}{{ end -}}
{{- if $values.signal.enabled }}{{ $_ := set $rke "Signal" (include "rke.settings.signal" $values.signal | fromJson) }}{{ end -}}
{{- with include "rke.settings.peers" $values.peers | fromJsonArray }}{{ $_ := set $rke "Peers" . }}{{ end -}}
{{- if $values.kme.enabled }}{{ $_ := set $rke "Kme" (include "rke.settings.kme" $values.kme | fromJson) }}{{ end -}}
{{- $sessions := dict "Lifetime" $values.sessions.lifetime "Lease" $values.sessions.lease "Capacity" (int $values.sessions.capacity) -}}
{{- $_ := set $rke "Sessions" (set $sessions "MaxWatchers" (int $values.sessions.maxWatchers)) -}}
{{- $idempotency := dict "Keep" $values.idempotency.keep "Capacity" (int $values.idempotency.capacity) -}}
{{- $_ := set $rke "Idempotency" $idempotency -}}
{{- $_ := set $rke "Dns" (dict "Via" $values.dns.via) -}}
{{- $_ := set $rke "Reload" (dict "Interval" $values.reload.interval) -}}
{{- if $values.telemetry.otlpEndpoint -}}
{{- $_ := set $rke "Telemetry" (include "rke.settings.telemetry" $values.telemetry | fromJson) -}}
{{- end -}}
{{- $_ := set $rke "Logging" (dict "Json" $values.logging.json) -}}
{{- $settings := dict -}}
{{- range $section, $keys := $values.settings -}}
{{- $given := dict -}}
{{- range $key, $value := $keys }}{{ if not (kindIs "invalid" $value) }}{{ $_ := set $given $key $value }}{{ end }}{{ end -}}
{{- if $given }}{{ $_ := set $settings $section $given }}{{ end -}}
{{- end -}}
{{- $file := dict "Rke" (mustMergeOverwrite $rke (deepCopy $settings)) -}}
{{- with $values.logging.levels }}{{ $_ := set $file "Logging" (dict "LogLevel" .) }}{{ end -}}
{{- toPrettyJson $file -}}
{{- end -}}

{{/* The settings of the file that need a restart (docs/CONFIGURATION.md). A test compares them with the gateway. */}}
{{- define "rke.settings.atStart" -}}
{{- $rke := get (include "rke.settings" . | fromJson) "Rke" -}}
{{- $grpc := omit $rke.Grpc "MaxCalls" "MaxCallsPerPeer" "MaxDiagnosticStreams" "MaxDiagnosticStreamsPerPeer" "DefaultDeadline" -}}
{{- $signal := omit (default dict $rke.Signal) "Port" "CollectTimeout" "MaxConcurrent" "SourceRate" "SourceBurst" "Results" -}}
{{- omit $rke "Networks" "Peers" "Targets" "Limits" "Grpc" "Signal" | merge (dict "Grpc" $grpc "Signal" $signal) | toJson -}}
{{- end -}}

{{/* The environment variables that the chart sets. rke.checks rejects these names in extraEnv. */}}
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
- name: Rke__Grpc__Tls__RequireClientCertificate
  value: {{ .Values.tls.requireClientCertificate | quote }}
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
- name: Rke__Redis__Timeout
  value: {{ $.Values.redis.timeout | quote }}
{{- end }}
{{- with .Values.redis.sentinelService }}
- name: Rke__Redis__SentinelService
  value: {{ . | quote }}
{{- end }}
{{- with .Values.redis.user }}
- name: Rke__Redis__User
  value: {{ . | quote }}
{{- end }}
{{- if .Values.redis.tls }}
- name: Rke__Redis__Tls
  value: "true"
{{- end }}
{{- if include "rke.reference" .Values.redis.ca }}
- name: Rke__Redis__CaFile
  value: /etc/rke-redis/{{ .Values.redis.ca.key }}
{{- end }}
{{- with .Values.redis.password }}
{{- if .secretName }}
- name: Rke__Redis__Password
  valueFrom:
    secretKeyRef:
      name: {{ .secretName | quote }}
      key: {{ .key | quote }}
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
{{- if .Values.kme.enabled }}
- name: Rke__Kme__Url
  value: https://{{ $listen }}:{{ .Values.kme.port }}
- name: Rke__Kme__Tls__Certificate
  value: /etc/rke-kme/tls.crt
- name: Rke__Kme__Tls__Key
  value: /etc/rke-kme/tls.key
- name: Rke__Kme__Tls__ClientAuthorities
  value: /etc/rke-kme/ca.crt
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
- name: OTEL_SERVICE_NAME
  value: {{ include "rke.fullname" . | quote }}
- name: RKE_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: OTEL_RESOURCE_ATTRIBUTES
  value: service.instance.id=$(RKE_POD_NAME),k8s.pod.name=$(RKE_POD_NAME),k8s.namespace.name={{ .Release.Namespace }}
{{- end }}
{{- end -}}
