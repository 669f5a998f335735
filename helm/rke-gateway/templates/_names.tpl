{{- define "rke.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 53 | trimSuffix "-" -}}
{{- end -}}

{{/* Names leave space for a suffix, such as -key-servers. */}}
{{- define "rke.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "rke.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change for one component, because the selector of a Deployment is immutable. */}}
{{- define "rke.selector" -}}
app.kubernetes.io/name: {{ include "rke.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "rke.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{ include "rke.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: rke-gateway
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "rke.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "rke.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "rke.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the RAIDA key files: the one in the values, or the one of the key servers for development. */}}
{{- define "rke.keysSecret" -}}
{{- if .Values.keys.secretName -}}
{{- .Values.keys.secretName -}}
{{- else if .Values.keyServers.enabled -}}
{{- include "rke.fullname" . }}-coins
{{- end -}}
{{- end -}}

{{/* Host and port of Redis, with commas between; empty = state in the process. */}}
{{- define "rke.redisEndpoints" -}}
{{- if .Values.redis.development.enabled -}}
{{- include "rke.fullname" . }}-redis.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}:6379
{{- else -}}
{{- join "," .Values.redis.endpoints -}}
{{- end -}}
{{- end -}}

{{/* Whether the chart creates a pod for `helm test`. If callers need a certificate, the pod needs one too. */}}
{{- define "rke.hasTest" -}}
{{- $isAsked := and .Values.tls.clientCertificates .Values.tls.requireClientCertificate -}}
{{- if and .Values.tests.enabled (or (not $isAsked) .Values.tests.clientCertificate.secretName) -}}
true
{{- end -}}
{{- end -}}
