{{/* The CIDR and port of host:port, as JSON: {"cidr": …, "port": …}. A host name has no CIDR. */}}
{{- define "rke.literal" -}}
{{- if regexMatch "^\\[.+\\]:[0-9]+$" . -}}
{{- dict "cidr" (printf "%s/128" (regexReplaceAll "^\\[(.+)\\]:.*$" . "${1}")) "port" (regexFind "[0-9]+$" . | int) | toJson -}}
{{- else if regexMatch "^[0-9]{1,3}([.][0-9]{1,3}){3}:[0-9]+$" . -}}
{{- dict "cidr" (printf "%s/32" (regexReplaceAll ":.*$" . "")) "port" (regexFind "[0-9]+$" . | int) | toJson -}}
{{- else -}}
{{- dict "port" (regexFind "[0-9]+$" . | int) | toJson -}}
{{- end -}}
{{- end -}}

{{/* The egress rule for the DNS pods. */}}
{{- define "rke.dnsEgress" -}}
{{- with .Values.networkPolicy.dns -}}
- to:
    {{- toYaml . | nindent 4 }}
  ports:
    - port: {{ $.Values.networkPolicy.dnsPort }}
      protocol: UDP
    - port: {{ $.Values.networkPolicy.dnsPort }}
      protocol: TCP
{{- end -}}
{{- end -}}

{{/* The egress rules of the gateway. */}}
{{- define "rke.egress" -}}
{{- $policy := .Values.networkPolicy -}}
{{- $hasAccounts := (default dict .Values.settings.Accounts).Enabled -}}
{{- $named := list -}}
# Names
{{- $resolvers := list }}
{{- range regexSplit ", *" .Values.dns.resolver -1 }}
{{- $resolver := include "rke.literal" . | fromJson }}
{{- if $resolver.cidr }}{{ $resolvers = append $resolvers $resolver }}{{ end }}
{{- end }}
{{- range $resolvers }}
- to:
    - ipBlock:
        cidr: {{ .cidr | quote }}
  ports:
    - port: {{ .port }}
      protocol: UDP
    - port: {{ .port }}
      protocol: TCP
{{- end }}
{{- with include "rke.dnsEgress" . }}
{{ . }}
{{- end }}
{{- with include "rke.meshEgress" . }}
{{ . }}
{{- end }}
{{- if .Values.redis.development.enabled }}
# Redis
- to:
    - podSelector:
        matchLabels:
          {{- include "rke.selector" (dict "root" . "component" "redis") | nindent 10 }}
  ports:
    - port: 6379
      protocol: TCP
    {{- with include "rke.meshPort" . }}
    {{- . | nindent 4 }}
    {{- end }}
{{- else if .Values.redis.endpoints }}
# Redis
{{- $named = list }}
{{- range .Values.redis.endpoints }}
{{- $redis := include "rke.literal" . | fromJson }}
{{- if $redis.cidr }}
- to:
    - ipBlock:
        cidr: {{ $redis.cidr | quote }}
  ports:
    - port: {{ $redis.port }}
      protocol: TCP
{{- else }}
{{- $named = append $named $redis.port }}
{{- end }}
{{- end }}
{{- if and .Values.redis.sentinelService $policy.redis }}
# Sentinels name the servers and their ports.
- to:
    {{- toYaml $policy.redis | nindent 4 }}
{{- else if and $named $policy.redis }}
- to:
    {{- toYaml $policy.redis | nindent 4 }}
  ports:
    {{- range $named | uniq }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
    {{- with include "rke.meshPort" . }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end }}
# Key servers
{{- if .Values.keyServers.enabled }}
- to:
    - podSelector:
        matchLabels:
          {{- include "rke.selector" (dict "root" . "component" "key-servers") | nindent 10 }}
  ports:
    - port: 50000
      endPort: 50024
      protocol: UDP
{{- end }}
{{- $named = list }}
{{- range .Values.networks }}
{{- range $raida, $server := .servers }}
{{- $literal := include "rke.literal" $server | fromJson }}
{{- if $literal.cidr }}
- to:
    - ipBlock:
        cidr: {{ $literal.cidr | quote }}
  ports:
    - port: {{ $literal.port }}
      protocol: UDP
    {{- if $hasAccounts }}
    - port: {{ $literal.port }}
      protocol: TCP
    {{- end }}
{{- else }}
{{- $named = append $named $literal.port }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $named $policy.raida }}
- to:
    {{- toYaml $policy.raida | nindent 4 }}
  ports:
    {{- range $named | uniq }}
    - port: {{ . }}
      protocol: UDP
    {{- if $hasAccounts }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
    {{- end }}
{{- end }}
{{- if .Values.targets.allow }}
# Targets: their ports are known only at run time. Exchange Keys uses TCP.
- to:
    {{- range .Values.targets.allow }}
    {{- if regexMatch "^([0-9]{1,3}([.][0-9]{1,3}){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)(/[0-9]+)?$" . }}
    - ipBlock:
        cidr: {{ ternary . (printf "%s/%s" . (ternary "128" "32" (contains ":" .))) (contains "/" .) | quote }}
    {{- end }}
    {{- end }}
    {{- with $policy.raida }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports:
    - protocol: UDP
    - protocol: TCP
{{- end }}
{{- if and .Values.telemetry.otlpEndpoint $policy.telemetry }}
# The collector
- to:
    {{- toYaml $policy.telemetry | nindent 4 }}
  ports:
    - port: {{ regexFind ":[0-9]+$" (regexReplaceAll "^(https?://[^/]+).*$" .Values.telemetry.otlpEndpoint "${1}") | trimPrefix ":" | default (ternary "443" "80" (hasPrefix "https" .Values.telemetry.otlpEndpoint)) }}
      protocol: TCP
    {{- with include "rke.meshPort" . }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end }}
{{- with $policy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
