{{- define "rke.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 53 | trimSuffix "-" -}}
{{- end -}}

{{/*
The name of the gateway's objects, and the start of all other names. A Service needs a DNS label that starts with a letter, and
the name leaves space for a suffix, such as -key-servers. Release names can have dots, start with a digit and be too long. The hash
keeps changed names different.
*/}}
{{- define "rke.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else -}}
{{- $name := include "rke.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $label := regexReplaceAll "[^a-z0-9-]" (lower $full) "-" -}}
{{- if not (regexMatch "^[a-z]" $label) }}{{ $label = printf "rke-%s" $label }}{{ end -}}
{{- if or (ne $label $full) (gt (len $label) 48) -}}
{{- $label = printf "%s-%s" (trunc 39 $label | trimSuffix "-") (sha256sum $full | trunc 8) -}}
{{- end -}}
{{- $label -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change for one component, because the selector of a Deployment is immutable. */}}
{{- define "rke.selector" -}}
app.kubernetes.io/name: {{ include "rke.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The labels of an object. "more" is a list of maps with further labels. Selectors keep the labels that they need. */}}
{{- define "rke.labels" -}}
{{- $chart := dict "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- $_ := set $chart "app.kubernetes.io/version" .root.Chart.AppVersion -}}
{{- $_ := set $chart "app.kubernetes.io/part-of" "rke-gateway" -}}
{{- $_ := set $chart "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $labels := concat (list $chart .root.Values.labels) (default list .more) (list (include "rke.selector" . | fromYaml)) -}}
{{- include "rke.merged" $labels -}}
{{- end -}}

{{/* A list of maps as one map in YAML. If several maps have a key, the last one counts. */}}
{{- define "rke.merged" -}}
{{- $merged := dict -}}
{{- range . }}{{ range $key, $value := . }}{{ $_ := set $merged $key $value }}{{ end }}{{ end -}}
{{- toYaml $merged -}}
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

{{/* The namespaces of the Gateways of the route, other than the own one, as JSON: {"namespaces": […]}. */}}
{{- define "rke.gatewayNamespaces" -}}
{{- $namespaces := list -}}
{{- if .Values.grpcRoute.enabled -}}
{{- range .Values.grpcRoute.parentRefs -}}
{{- if and .namespace (ne .namespace $.Release.Namespace) (eq "Gateway" (default "Gateway" .kind)) -}}
{{- $namespaces = append $namespaces .namespace -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "namespaces" (uniq $namespaces) | toJson -}}
{{- end -}}
