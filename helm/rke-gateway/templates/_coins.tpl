{{/*
A RAIDA key file of format A (docs/WIRE.md §12), in base64: a header of 32 bytes, then per coin split, shard, DN and SN (7 bytes),
a seed of 11 bytes and 3 reserved bytes. All bytes are below 128, so that the template can write them as text. The seeds are
letters and digits. The same values give the same coins, so that a tool that renders the chart again finds no difference. The coins
are for development only.
*/}}
{{- define "rke.coins" -}}
{{- $seed := default (printf "%s/%s" .Release.Namespace .Release.Name) .Values.keyServers.coinSeed -}}
{{- $zero := printf "%c" 0 -}}
{{- $file := printf "%c%c%c%c%c%c%c%c%s" 10 0 0 (int .Values.keyServers.network) 0 0 0 (int .Values.keyServers.coins) (repeat 24 $zero) -}}
{{- range $serial := untilStep 1 (int (add1 .Values.keyServers.coins)) 1 -}}
{{- $bytes := printf "%s/%d" $seed $serial | sha256sum | b64enc | trunc 11 -}}
{{- $file = printf "%s%c%c%c%c%c%c%c%s%s" $file 0 0 1 0 0 0 $serial $bytes (repeat 3 $zero) -}}
{{- end -}}
{{- b64enc $file -}}
{{- end -}}
