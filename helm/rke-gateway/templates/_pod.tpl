{{/*
Startup and liveness ask whether the process lives, readiness whether it can serve: a Redis that is away must not restart a gateway.
The kubelet speaks gRPC without TLS only; with TLS the pages of the HTTP port say the same.
*/}}
{{- define "rke.probes" -}}
startupProbe:
  {{- include "rke.probe" (dict "root" . "service" "liveness" "page" "/healthz") | nindent 2 }}
  {{- toYaml .Values.probes.startup | nindent 2 }}
readinessProbe:
  {{- include "rke.probe" (dict "root" . "service" "rke.v1.RkeService" "page" "/readyz") | nindent 2 }}
  {{- toYaml .Values.probes.readiness | nindent 2 }}
livenessProbe:
  {{- include "rke.probe" (dict "root" . "service" "liveness" "page" "/healthz") | nindent 2 }}
  {{- toYaml .Values.probes.liveness | nindent 2 }}
{{- end -}}

{{- define "rke.probe" -}}
{{- if .root.Values.tls.secretName -}}
httpGet:
  path: {{ .page }}
  port: http
{{- else -}}
grpc:
  port: {{ .root.Values.grpc.port }}
  service: {{ .service }}
{{- end -}}
{{- end -}}

{{/* The source of a volume: a ConfigMap or a Secret, or nothing where neither is named. */}}
{{- define "rke.reference" -}}
{{- if .configMapName -}}
configMap:
  name: {{ .configMapName }}
{{- else if .secretName -}}
secret:
  secretName: {{ .secretName }}
  defaultMode: 288 # 0440
  optional: false
{{- end -}}
{{- end -}}

{{/* Whole folders and never subPath: only so does a changed Secret or ConfigMap reach a running pod. */}}
{{- define "rke.volumeMounts" -}}
- name: settings
  mountPath: /etc/rke-gateway
  readOnly: true
{{- if include "rke.keysSecret" . }}
- name: keys
  mountPath: /etc/rke-keys
  readOnly: true
{{- end }}
{{- if .Values.tls.secretName }}
- name: tls
  mountPath: /etc/rke-tls
  readOnly: true
{{- end }}
{{- if .Values.identity.jwt.issuer }}
- name: tokens
  mountPath: /etc/rke-tokens
  readOnly: true
{{- end }}
{{- if include "rke.reference" .Values.redis.ca }}
- name: redis-ca
  mountPath: /etc/rke-redis
  readOnly: true
{{- end }}
{{- if .Values.policy.configMapName }}
- name: policy
  mountPath: /etc/rke-policy
  readOnly: true
{{- end }}
{{- if .Values.sessions.sealingKey.secretName }}
- name: sealing
  mountPath: /etc/rke-sealing
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "rke.volumes" -}}
- name: settings
  configMap:
    name: {{ include "rke.fullname" . }}
{{- with include "rke.keysSecret" . }}
- name: keys
  secret:
    secretName: {{ . }}
    defaultMode: 288 # 0440
    optional: false
{{- end }}
{{- with .Values.tls.secretName }}
- name: tls
  secret:
    secretName: {{ . }}
    defaultMode: 288 # 0440
    optional: false
{{- end }}
{{- if .Values.identity.jwt.issuer }}
- name: tokens
  {{- include "rke.reference" .Values.identity.jwt.keys | nindent 2 }}
{{- end }}
{{- with include "rke.reference" .Values.redis.ca }}
- name: redis-ca
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.policy.configMapName }}
- name: policy
  configMap:
    name: {{ . }}
{{- end }}
{{- with .Values.sessions.sealingKey.secretName }}
- name: sealing
  secret:
    secretName: {{ . }}
    defaultMode: 288 # 0440
    optional: false
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
