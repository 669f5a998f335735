using System.Text.Json.Nodes;

namespace Rke.Deployment.Tests.Chart;

/// <summary>Everything that turns parts of the chart on and off, or chooses between them.</summary>
internal static class Switches
{
    /// <summary>The switch whose keys are the operator's own.</summary>
    public const string Settings = "settings";

    private const string Off = "{}";

    // Each stands for itself: whatever the positions of the others, its own do not contradict them. What does is the
    // matter of the refusals.
    public static readonly IReadOnlyList<Switch> All =
    [
        new("servers", Off,
            """{ "networks": [], "keys": { "secretName": "" }, "keyServers": { "enabled": true } }""",
            """
            { "networks": [{ "id": 7, "name": "example.raida", "profile": "raidax", "responseIv": "continued",
            "keyLifetime": "00:10:00", "servers": { "3": "raida3.example.com:50003", "4": "raida4.example.com:50004",
            "5": "192.0.2.15:50005" } }] }
            """),
        new("redis", Off,
            """{ "redis": { "endpoints": [], "development": { "enabled": true } } }""",
            """
            { "redis": { "endpoints": ["redis-0.redis:6379", "redis-1.redis:6380"], "tls": true, "timeout":
            "00:00:00.050", "ca": { "secretName": "rke-redis-ca" }, "password": { "secretName": "rke-redis" },
            "user": "rke" } }
            """,
            """{ "redis": { "endpoints": ["sentinel-0.redis:26379"], "sentinelService": "coins" } }""",
            """
            { "redis": { "endpoints": ["redis:6379"], "tls": true, "ca": { "configMapName": "rke-redis-ca", "key":
            "root.pem" } } }
            """),
        new("autoscaling", Off,
            """{ "autoscaling": { "enabled": true } }""",
            """{ "autoscaling": { "enabled": true, "cpuUtilization": 0, "requestsInFlight": 200 } }"""),
        new("podDisruptionBudget", Off,
            """{ "podDisruptionBudget": { "enabled": false } }""",
            """{ "podDisruptionBudget": { "maxUnavailable": "25%" } }"""),
        new("tls", Off,
            """
            { "tls": { "secretName": "rke-tls" }, "grpc": { "web": true, "webOrigins": ["https://app.example.com"] } }
            """,
            """{ "tls": { "secretName": "rke-tls", "clientCertificates": true } }""",
            """
            { "tls": { "secretName": "rke-tls", "clientCertificates": true, "requireClientCertificate": false } }
            """,
            """
            { "tls": { "secretName": "rke-tls", "clientCertificates": true }, "tests": { "clientCertificate": {
            "secretName": "rke-client" } } }
            """),
        new("identity", Off,
            """{ "identity": { "forwardedFrom": ["127.0.0.0/8", "2001:db8::1"] } }""",
            """{ "identity": { "forwardedFrom": ["127.0.0.1"], "forwardedBy": "linkerd" } }""",
            """
            { "identity": { "jwt": { "issuer": "https://issuer.example", "audience": "rke-gateway", "keys": {
            "configMapName": "rke-jwks" } } } }
            """,
            """
            { "identity": { "jwt": { "issuer": "https://issuer.example", "audience": "rke-gateway", "keys": {
            "secretName": "rke-jwks", "key": "keys.json" } } } }
            """),
        new("policy", Off, """{ "policy": { "configMapName": "rke-policy" } }"""),
        new("signal", Off,
            """{ "signal": { "enabled": true } }""",
            """
            { "signal": { "enabled": true, "collectTimeout": "00:00:01", "maxConcurrent": 10, "sourceRate": 1,
            "exchange": true, "sourceBurst": 2, "service": { "type": "ClusterIP", "port": 7500, "annotations": { "a": "b" } } } }
            """),
        new("sessions", Off,
            """
            { "sessions": { "sealingKey": { "secretName": "rke-sealing" }, "lifetime": "1.00:00:00", "capacity": 5,
            "maxWatchers": 6, "lease": "00:00:30" }, "peers": [{ "name": "shop", "network": 6, "coins": ["1000-1999", "0/5"],
            "addresses": ["192.0.2.0/24", "2001:db8::1"], "domain": "shop.example.com" }] }
            """),
        new("kme", Off,
            """
            { "kme": { "enabled": true, "tls": { "secretName": "rke-kme" }, "saes": [{ "id": "sae-a", "identity":
            "spiffe://example.org/sae-a" }], "pairs": [{ "master": "sae-a", "slave": "sae-b", "kme": "kme-b", "network": 6,
            "receiver": "203.0.113.7:75", "coins": ["1000-1009"] }] }, "sessions": { "sealingKey": { "secretName": "rke-sealing" } } }
            """,
            """
            { "kme": { "enabled": true, "port": 9443, "id": "kme-b", "tls": { "secretName": "rke-kme" }, "keySize": 128, "stock": 16,
            "maxKeysPerRequest": 9, "lifetime": "01:00:00", "maxWaiting": 99, "saes": [{ "id": "sae-b", "identity": "cn:sae-b" }],
            "pairs": [{ "master": "sae-a", "slave": "sae-b", "peer": "shop" }], "service": { "type": "LoadBalancer", "annotations": {
            "a": "b" } } }, "signal": { "enabled": true }, "peers": [{ "name": "shop", "coins": ["1000-1999"] }], "sessions": {
            "sealingKey": { "secretName": "rke-sealing" } } }
            """),
        new("agent", Off,
            """
            { "agent": { "enabled": true, "peers": { "shop": { "role": "receiver", "otherEnd": "shop.example.com", "destinations": [{
            "type": "kubernetes-secret", "name": "rke-shop" }] } } }, "signal": { "enabled": true }, "peers": [{ "name": "shop", "coins": ["1000-1999"] }] }
            """,
            """
            { "agent": { "enabled": true, "peers": { "shop": { "role": "initiator", "otherEnd": "192.0.2.7:75", "interval": "1h",
            "destinations": [{ "type": "file", "path": "/var/lib/rke-agent/shop.psk", "format": "psk" }] } }, "metricsPort": 9500,
            "claimName": "rke-agent", "clientCertificate": { "secretName": "rke-agent" } }, "signal": { "enabled": true }, "peers": [{ "name": "shop", "coins": ["1000-1999"] }] }
            """),
        new("networkPolicy", Off,
            """{ "networkPolicy": { "enabled": false } }""",
            """
            { "networkPolicy": { "callers": [], "scrapers": [], "extraIngress": [{ "ports": [{ "port": "http" }] }],
            "extraEgress": [{ "ports": [{ "port": 443 }] }] } }
            """),
        new("mesh", Off,
            """{ "mesh": "istio" }""",
            """{ "mesh": "linkerd" }""",
            """{ "mesh": "linkerd", "networkPolicy": { "meshNamespace": "mesh" } }"""),
        new("grpcRoute", Off,
            """{ "grpcRoute": { "enabled": true, "parentRefs": [{ "name": "public", "namespace": "gateways" }] } }""",
            """
            { "grpcRoute": { "enabled": true, "parentRefs": [{ "name": "public" }], "hostnames":
            ["rke.example.com"], "annotations": { "a": "b" } } }
            """),
        new("telemetry", Off,
            """{ "telemetry": { "otlpEndpoint": "http://collector.monitoring:4317" } }""",
            """
            { "telemetry": { "otlpEndpoint": "http://collector.monitoring:4318", "protocol": "http", "interval":
            "00:01:00", "traceShare": 0.1 }, "logging": { "json": true, "levels": { "Rke.Gateway": "Debug" } } }
            """),
        new("serviceMonitor", Off,
            """{ "serviceMonitor": { "enabled": true, "labels": { "release": "prometheus" } } }"""),
        new("prometheusRule", Off, """{ "prometheusRule": { "enabled": true, "alertLabels": { "team": "keys" } } }"""),
        new("dashboard", Off, """{ "dashboard": { "enabled": true } }"""),
        new("tests", Off, """{ "tests": { "enabled": false } }"""),
        new("serviceAccount", Off,
            """{ "serviceAccount": { "create": false, "name": "theirs" } }""",
            """{ "serviceAccount": { "name": "ours", "annotations": { "a": "b" } } }"""),
        new("topologySpread", Off,
            """{ "topologySpread": { "enabled": false } }""",
            """{ "topologySpread": { "whenUnsatisfiable": "DoNotSchedule" } }"""),
        new("restartOnSettings", Off, """{ "restartOnSettings": false }"""),
        new("names", Off,
            """{ "nameOverride": "gate" }""",
            """{ "fullnameOverride": "a-name-that-is-as-long-as-the-chart-lets-it-be-x" }"""),
        new("image", Off,
            """
            { "image": { "repository": "registry.example.com:5000/rke/gateway", "digest":
            "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "pullPolicy": "Always" },
            "imagePullSecrets": [{ "name": "pull" }] }
            """),
        new("targets", Off,
            """{ "targets": { "allow": ["198.51.100.0/24", "2001:db8::/32", "203.0.113.9", "raida.example.com"] } }"""),
        new("limits", Off,
            """
            { "limits": { "coin": { "posts": 10 }, "caller": { "requestsPerSecond": 100, "postsPerDay": 1000,
            "shadow": true, "trustHeader": true, "localShare": 0, "overrides": [{ "id": "spiffe://example.org/shop",
            "requestsPerSecond": 0, "postsPerDay": 5 }] } }, "idempotency": { "keep": "00:10:00", "capacity": 7 } }
            """),
        new(Settings, Off,
            """
            { "settings": { "Accounts": { "Enabled": true, "Folder": "/tmp" }, "Admin": { "Enabled": true }, "Bridge": { "SocketsPerServer": 2 }, "Dns": { "Rounds": 2 }, "Probes": {
            "MaxCoins": 9, "Interval": "10s", "Domains": ["rke.example.com"] }, "Json": { "Enabled": true, "Origins": ["https://app.example.com"] }, "Keys": { "Rescan": "00:10:00" }, "Signal": { "Port": 7500 } } }
            """),
        new("ports", Off,
            """
            { "listenAddress": "[::]", "grpc": { "port": 7443, "maxConnectionAge": "", "maxConnections": 100 },
            "http": { "port": 8080 }, "service": { "type": "LoadBalancer", "trafficDistribution": "PreferClose" },
            "dns": { "resolver": "192.0.2.53:53, [2001:db8::53]:5353", "via": "both" }, "reload": { "interval":
            "00:00:10" } }
            """),
        new("extras", Off,
            """
            {
              "labels": { "team": "keys" }, "annotations": { "a": "b" },
              "podLabels": { "p": "q" }, "podAnnotations": { "c": "d" },
              "extraEnv": [{ "name": "Logging__LogLevel__Default", "value": "Debug" }],
              "extraEnvFrom": [{ "secretRef": { "name": "extra" } }],
              "extraVolumes": [{ "name": "extra", "configMap": { "name": "extra" } }],
              "extraVolumeMounts": [{ "name": "extra", "mountPath": "/etc/extra", "readOnly": true }],
              "nodeSelector": { "kubernetes.io/os": "linux" },
              "tolerations": [{ "key": "keys", "operator": "Exists" }],
              "affinity": { "nodeAffinity": {} },
              "terminationGracePeriodSeconds": 100,
              "priorityClassName": "high"
            }
            """),
    ];

    /// <summary>The values of one choice of positions.</summary>
    public static JsonObject Values(IReadOnlyList<int> positions)
    {
        // Names may only be let through by a NetworkPolicy that says where they are, and looked up by three key servers.
        var values = ChartValues.Least().With("""
            {
              "networks": [{ "id": 6, "servers": {
                "0": "192.0.2.10:50000", "1": "192.0.2.11:50001", "14": "[2001:db8::7]:50014"
              } }],
              "networkPolicy": {
                "redis": [{ "podSelector": { "matchLabels": { "app": "redis" } } }],
                "raida": [{ "ipBlock": { "cidr": "198.51.100.0/24" } }],
                "telemetry": [{ "namespaceSelector": { "matchLabels": { "name": "monitoring" } } }]
              }
            }
            """);
        for (var index = 0; index < All.Count; index++)
        {
            values.With(All[index].Positions[positions[index]]);
        }

        return values;
    }

    /// <summary>Readable: the switches that are not as by default.</summary>
    public static string Title(IReadOnlyList<int> positions) => string.Join(' ', All.Select((item, index) =>
        positions[index] == 0 ? "" : $"{item.Name}={positions[index]}").Where(text => text.Length > 0));
}
