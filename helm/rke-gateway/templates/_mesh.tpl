{{/*
Both meshes redirect only TCP. The chart excludes the UDP ports too, so that a mesh that adds support for UDP does not intercept the
datagrams between the gateway and the key servers. It also excludes the HTTP port, because most clients that read metrics are
outside the mesh.
*/}}
{{- define "rke.udpPorts" -}}
{{- $ports := list -}}
{{- range $network := get (include "rke.networks" . | fromJson) "networks" -}}
{{- range $server := values $network.Servers -}}
{{- $ports = append $ports (regexFind "[0-9]+$" $server | int) -}}
{{- end -}}
{{- end -}}
{{- $texts := list -}}
{{- range $ports | uniq }}{{ $texts = append $texts (printf "%05d" .) }}{{ end -}}
{{- $sorted := list -}}
{{- range sortAlpha $texts }}{{ $sorted = append $sorted (trimPrefix "0" . | trimPrefix "0" | trimPrefix "0" | trimPrefix "0") }}{{ end -}}
{{- join "," $sorted -}}
{{- end -}}

{{- define "rke.inboundOutsideMesh" -}}
{{- $ports := list (toString .Values.http.port) -}}
{{- if .Values.signal.enabled }}{{ $ports = append $ports (toString .Values.signal.port) }}{{ end -}}
{{- if .Values.kme.enabled }}{{ $ports = append $ports (toString .Values.kme.port) }}{{ end -}}
{{- join "," $ports -}}
{{- end -}}

{{- define "rke.meshLabels" -}}
{{- if eq .Values.mesh "istio" -}}
sidecar.istio.io/inject: "true"
{{- end -}}
{{- end -}}

{{- define "rke.meshAnnotations" -}}
{{- $drain := add .Values.drain.endpointSeconds .Values.drain.callSeconds -}}
{{- if eq .Values.mesh "istio" -}}
traffic.sidecar.istio.io/excludeInboundPorts: {{ include "rke.inboundOutsideMesh" . | quote }}
traffic.sidecar.istio.io/excludeOutboundPorts: {{ include "rke.udpPorts" . | quote }}
# The proxy starts before the gateway connects to Redis, and stops after the gateway has finished its calls.
proxy.istio.io/config: {{ dict "holdApplicationUntilProxyStarts" true "terminationDrainDuration" (printf "%ds" $drain) | toJson | quote }}
{{- else if eq .Values.mesh "linkerd" -}}
linkerd.io/inject: enabled
config.linkerd.io/skip-inbound-ports: {{ include "rke.inboundOutsideMesh" . | quote }}
config.linkerd.io/skip-outbound-ports: {{ include "rke.udpPorts" . | quote }}
# The proxy starts before the gateway connects to Redis, and stops after the gateway has finished its calls.
config.linkerd.io/proxy-await: enabled
config.alpha.linkerd.io/proxy-wait-before-exit-seconds: {{ $drain | quote }}
{{- end -}}
{{- end -}}

{{/* Pods that run to completion, or that use only UDP, are not part of the mesh. */}}
{{- define "rke.outsideMeshLabels" -}}
{{- if eq .Values.mesh "istio" -}}
sidecar.istio.io/inject: "false"
{{- end -}}
{{- end -}}

{{- define "rke.outsideMeshAnnotations" -}}
{{- if eq .Values.mesh "linkerd" -}}
linkerd.io/inject: disabled
{{- end -}}
{{- end -}}

{{/* The egress rule for the control plane, from which the proxy gets its certificate. Without it, the pod does not start. */}}
{{- define "rke.meshEgress" -}}
{{- if ne .Values.mesh "none" -}}
# The control plane of the mesh
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ default (ternary "istio-system" "linkerd" (eq .Values.mesh "istio")) .Values.networkPolicy.meshNamespace | quote }}
  ports:
    {{- range ternary (list 15012) (list 8080 8086 8090) (eq .Values.mesh "istio") }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
{{- end -}}
{{- end -}}

{{/* Between two pods of the mesh, Linkerd replaces the port with that of the proxy. Istio keeps the port. */}}
{{- define "rke.meshPort" -}}
{{- if eq .Values.mesh "linkerd" -}}
- port: 4143
  protocol: TCP
{{- end -}}
{{- end -}}
