{{/*
Helm removes a value that is null. This template adds it again, so that all other templates find every value: a section or a single
value gets its default, and a list or a map with keys of the user is empty. Every file with objects starts with it. Helm gives all
files of a chart the same values.
*/}}
{{- define "rke.complete" -}}
{{- include "rke.completeSection" (dict "values" .Values "defaults" (include "rke.defaults" . | fromJson) "isRemoved" false) -}}
{{- end -}}

{{- define "rke.completeSection" -}}
{{- range $key, $default := .defaults -}}
{{- $isRemoved := kindIs "invalid" (index $.values $key) -}}
{{- if kindIs "map" $default -}}
{{- if $isRemoved }}{{ $_ := set $.values $key dict }}{{ end -}}
{{- $section := dict "values" (index $.values $key) "defaults" $default "isRemoved" (or $isRemoved $.isRemoved) -}}
{{- include "rke.completeSection" $section -}}
{{- else if $isRemoved -}}
{{- $value := first $default -}}
{{- if and (kindIs "map" $value) (not $.isRemoved) }}{{ $value = dict }}{{ end -}}
{{- if and (kindIs "slice" $value) (not $.isRemoved) }}{{ $value = list }}{{ end -}}
{{- $_ := set $.values $key $value -}}
{{- end -}}
{{- end -}}
{{- end -}}
