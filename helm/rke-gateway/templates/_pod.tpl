{{/*
The startup and liveness probes check that the process responds. The readiness probe checks that it can serve. They are separate
because an unavailable Redis must not restart a gateway. The gRPC probes of the kubelet do not support TLS, so with TLS the probes
use the pages of the HTTP port.
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

{{/* The source of a volume: a ConfigMap, a Secret, or nothing if the values name neither. */}}
{{- define "rke.reference" -}}
{{- if .configMapName -}}
configMap:
  name: {{ .configMapName | quote }}
{{- else if .secretName -}}
secret:
  secretName: {{ .secretName | quote }}
  defaultMode: 288 # 0440
  optional: false
{{- end -}}
{{- end -}}

{{/* No subPath: the kubelet updates a changed Secret or ConfigMap in a running pod only in whole volumes. */}}
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
{{- if .Values.kme.enabled }}
- name: kme
  mountPath: /etc/rke-kme
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "rke.volumes" -}}
- name: settings
  configMap:
    name: {{ include "rke.fullname" . | quote }}
{{- with include "rke.keysSecret" . }}
- name: keys
  secret:
    secretName: {{ . | quote }}
    defaultMode: 288 # 0440
    optional: false
{{- end }}
{{- with .Values.tls.secretName }}
- name: tls
  secret:
    secretName: {{ . | quote }}
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
    name: {{ . | quote }}
{{- end }}
{{- with .Values.sessions.sealingKey.secretName }}
- name: sealing
  secret:
    secretName: {{ . | quote }}
    defaultMode: 288 # 0440
    optional: false
{{- end }}
{{- if .Values.kme.enabled }}
- name: kme
  secret:
    secretName: {{ .Values.kme.tls.secretName | quote }}
    defaultMode: 288 # 0440
    optional: false
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
