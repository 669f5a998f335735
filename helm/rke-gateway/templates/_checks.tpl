{{/* Checks for values that contradict each other, which a schema cannot express. Every message names the value and the fix. */}}
{{- define "rke.checks" -}}
{{- $problems := list -}}
{{- $replicas := int (ternary .Values.autoscaling.maxReplicas .Values.replicaCount .Values.autoscaling.enabled) -}}
{{- if and (not .Values.networks) (not .Values.keyServers.enabled) -}}
{{- $problems = append $problems "networks: no network is configured; add the addresses of the key servers, or set keyServers.enabled=true to run key servers for development" -}}
{{- end -}}
{{- if and .Values.networks (not (include "rke.keysSecret" .)) -}}
{{- $problems = append $problems "keys.secretName: the gateway needs coins; set the name of the Secret with the RAIDA key files" -}}
{{- end -}}
{{- if and .Values.keyServers.enabled .Values.keys.secretName -}}
{{- $problems = append $problems "keys.secretName: the key servers for development create their own coins; leave it empty, or set keyServers.enabled=false" -}}
{{- end -}}
{{- $ids := list -}}
{{- range $network := get (include "rke.networks" . | fromJson) "networks" -}}
{{- $id := int $network.Id -}}
{{- if has $id $ids }}{{ $problems = append $problems (printf "networks: network %d is defined twice; give every network its own id (keyServers.network counts too)" $id) }}{{ end -}}
{{- $ids = append $ids $id -}}
{{- if and (eq (default "rke" $network.Profile) "rke") (eq (default "same" $network.ResponseIv) "continued") -}}
{{- $problems = append $problems (printf "networks: network %d: responseIv 'continued' requires the raidax profile; set responseIv to same, or profile to raidax" $id) -}}
{{- end -}}
{{- end -}}
{{- with first (get (include "rke.networks" . | fromJson) "networks") -}}
{{- if and (ne $.Values.dns.via "dns") (lt (len .Servers) 3) -}}
{{- $problems = append $problems (printf "dns.via: %s needs 3 key servers that agree, but network %d has %d; add key servers to networks, or set dns.via to dns" $.Values.dns.via (int .Id) (len .Servers)) -}}
{{- end -}}
{{- end -}}
{{- if and (gt $replicas 1) (not (include "rke.redisEndpoints" .)) -}}
{{- $problems = append $problems (printf "redis.endpoints: up to %d replicas use the same coins and agree on them in Redis; write its host:port, or set replicaCount=1 and autoscaling.enabled=false" $replicas) -}}
{{- end -}}
{{- if and .Values.redis.development.enabled .Values.redis.endpoints -}}
{{- $problems = append $problems "redis.endpoints: redis.development.enabled brings a Redis of its own; remove one of the two" -}}
{{- end -}}
{{- if and .Values.redis.development.enabled (or .Values.redis.tls .Values.redis.password.secretName) -}}
{{- $problems = append $problems "redis.development.enabled: the Redis for development has neither TLS nor a password; set redis.tls=false and leave redis.password.secretName empty" -}}
{{- end -}}
{{- if and .Values.redis.sentinelService (not .Values.redis.endpoints) -}}
{{- $problems = append $problems "redis.sentinelService: needs Sentinels; write their host:port to redis.endpoints, or leave it empty" -}}
{{- end -}}
{{- if and .Values.agent.enabled (not .Values.signal.enabled) -}}
{{- $problems = append $problems "agent.enabled: the agent receives notices as sessions; set signal.enabled=true" -}}
{{- end -}}
{{- if .Values.agent.enabled -}}
{{- $names := list -}}
{{- range .Values.peers }}{{ $names = append $names .name }}{{ end -}}
{{- range $name, $peer := .Values.agent.peers -}}
{{- if not (has $name $names) -}}
{{- $problems = append $problems (printf "agent.peers.%s: there is no peer %s; add it to peers" $name $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.agent.enabled (not .Values.agent.peers) -}}
{{- $problems = append $problems "agent.peers: the agent has no peer; add one, or set agent.enabled=false" -}}
{{- end -}}
{{- if and .Values.redis.user (not .Values.redis.password.secretName) -}}
{{- $problems = append $problems "redis.user: needs a password; name its Secret in redis.password.secretName, or leave the user empty" -}}
{{- end -}}
{{- if gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas) -}}
{{- $problems = append $problems "autoscaling.minReplicas: it is greater than autoscaling.maxReplicas; change one of the two" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not .Values.autoscaling.cpuUtilization) (not .Values.autoscaling.requestsInFlight) -}}
{{- $problems = append $problems "autoscaling: there is no target; set cpuUtilization or requestsInFlight above 0" -}}
{{- end -}}
{{- if eq (int .Values.grpc.port) (int .Values.http.port) -}}
{{- $problems = append $problems "http.port: it is the same as grpc.port; set another port" -}}
{{- end -}}
{{- if .Values.kme.enabled -}}
{{- if has (int .Values.kme.port) (list (int .Values.grpc.port) (int .Values.http.port)) -}}
{{- $problems = append $problems "kme.port: it is the same as grpc.port or http.port; set another port" -}}
{{- end -}}
{{- if not .Values.kme.tls.secretName -}}
{{- $problems = append $problems "kme.tls.secretName: SAEs authenticate with certificates; set it to a Secret with tls.crt, tls.key and ca.crt" -}}
{{- end -}}
{{- if not .Values.sessions.sealingKey.secretName -}}
{{- $problems = append $problems "sessions.sealingKey.secretName: a KME encrypts its keys at rest; set it to the Secret with the sealing keys, or set kme.enabled=false" -}}
{{- end -}}
{{- $peers := list }}{{ range .Values.peers }}{{ $peers = append $peers .name }}{{ end -}}
{{- range $index, $pair := .Values.kme.pairs -}}
{{- if and $pair.peer (not (has $pair.peer $peers)) -}}
{{- $problems = append $problems (printf "kme.pairs[%d].peer: there is no peer %s; add it to peers, with the coins of the pair" $index $pair.peer) -}}
{{- end -}}
{{- if and $pair.peer (not $.Values.signal.enabled) -}}
{{- $problems = append $problems (printf "kme.pairs[%d].peer: the KME of a slave receives Signals; set signal.enabled=true" $index) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.grpc.web (ne .Values.mesh "none") (not .Values.tls.secretName) -}}
{{- $problems = append $problems "grpc.web: without TLS, the HTTP port serves gRPC-Web, and the mesh does not protect that port; set tls.secretName, or grpc.web=false" -}}
{{- end -}}
{{- if and .Values.tls.clientCertificates (not .Values.tls.secretName) -}}
{{- $problems = append $problems "tls.clientCertificates: it requires TLS; set tls.secretName to a Secret with tls.crt, tls.key and ca.crt" -}}
{{- end -}}
{{- $jwt := .Values.identity.jwt -}}
{{- if ne (empty $jwt.issuer) (empty (include "rke.reference" $jwt.keys)) -}}
{{- $problems = append $problems "identity.jwt: issuer and keys belong together; set the issuer and the ConfigMap or Secret with its public keys, or neither" -}}
{{- end -}}
{{- if ne (empty $jwt.issuer) (empty $jwt.audience) -}}
{{- $problems = append $problems "identity.jwt: issuer and audience belong together; set both, or neither" -}}
{{- end -}}
{{- range $name, $reference := dict "identity.jwt.keys" $jwt.keys "redis.ca" .Values.redis.ca -}}
{{- if and $reference.configMapName $reference.secretName -}}
{{- $problems = append $problems (printf "%s: comes from a ConfigMap or from a Secret; remove one of the two" $name) -}}
{{- end -}}
{{- end -}}
{{- if and (include "rke.reference" .Values.redis.ca) (not .Values.redis.tls) -}}
{{- $problems = append $problems "redis.ca: is for TLS; set redis.tls=true, or remove it" -}}
{{- end -}}
{{- $drain := add .Values.drain.endpointSeconds .Values.drain.callSeconds -}}
{{- if and .Values.terminationGracePeriodSeconds (le (int .Values.terminationGracePeriodSeconds) (int $drain)) -}}
{{- $problems = append $problems (printf "terminationGracePeriodSeconds: Kubernetes would kill the pod before it has drained, which takes %d seconds (drain); set a higher value, or 0" $drain) -}}
{{- end -}}
{{- $own := list -}}
{{- range include "rke.environment" . | fromYamlArray }}{{ $own = append $own .name }}{{ end -}}
{{- range .Values.extraEnv -}}
{{- if has .name $own -}}
{{- $problems = append $problems (printf "extraEnv: the chart sets %s itself; use the value of the chart for it" .name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.grpcRoute.enabled (not .Values.grpcRoute.parentRefs) -}}
{{- $problems = append $problems "grpcRoute.parentRefs: a route needs a Gateway; add one as {name: …, namespace: …}" -}}
{{- end -}}
{{- if .Values.networkPolicy.enabled -}}
{{- $addresses := "^(\\[[0-9A-Fa-f:.]+\\]|[0-9]{1,3}([.][0-9]{1,3}){3}):" -}}
{{- range $index, $network := .Values.networks -}}
{{- range $raida, $server := $network.servers -}}
{{- if and (not (regexMatch $addresses $server)) (not $.Values.networkPolicy.raida) -}}
{{- $problems = append $problems (printf "networkPolicy.raida: networks[%d].servers.%s is a host name (%s), but a NetworkPolicy supports only addresses; add the addresses as {ipBlock: {cidr: …}}" $index $raida $server) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .Values.targets.allow -}}
{{- if and (not (regexMatch "^([0-9]{1,3}([.][0-9]{1,3}){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)(/[0-9]+)?$" .)) (not $.Values.networkPolicy.raida) -}}
{{- $problems = append $problems (printf "networkPolicy.raida: targets.allow contains a host name (%s), but a NetworkPolicy supports only addresses; add the addresses as {ipBlock: {cidr: …}}" .) -}}
{{- end -}}
{{- end -}}
{{- range .Values.redis.endpoints -}}
{{- if and (not (regexMatch $addresses .)) (not $.Values.networkPolicy.redis) -}}
{{- $problems = append $problems (printf "networkPolicy.redis: redis.endpoints has a name (%s), and a NetworkPolicy knows addresses alone; say which pods or addresses Redis has" .) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.redis.sentinelService (not .Values.networkPolicy.redis) -}}
{{- $problems = append $problems "networkPolicy.redis: redis.sentinelService names servers that redis.endpoints does not have; say which pods or addresses Redis and its Sentinels have" -}}
{{- end -}}
{{- if and .Values.telemetry.otlpEndpoint (not .Values.networkPolicy.telemetry) -}}
{{- $problems = append $problems "networkPolicy.telemetry: the policy would block telemetry.otlpEndpoint; add the pods or addresses of the collector" -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nThese values contradict each other:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}
