using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>Wrong values are refused before anything is installed, and the message names the value.</summary>
public class RefusalTests
{
    [Theory]
    [InlineData("""{ "replicaCuont": 3 }""", "replicaCuont is not allowed")]
    [InlineData("""{ "replicaCount": "three" }""", "replicaCount: Invalid type. Expected: integer")]
    [InlineData("""{ "replicaCount": -1 }""", "replicaCount: Must be greater than or equal to 0")]
    [InlineData(
        """{ "mesh": "consul" }""",
        "mesh: mesh must be one of the following: \"none\", \"istio\", \"linkerd\"")]
    [InlineData(
        """{ "networkPolicy": { "meshNamespace": "Istio System" } }""",
        "networkPolicy.meshNamespace: Does not match pattern")]
    [InlineData("""{ "redis": { "endpoint": "r:1" } }""", "redis: Additional property endpoint is not allowed")]
    [InlineData("""{ "redis": { "endpoints": "r:1" } }""", "redis.endpoints: Invalid type. Expected: array")]
    [InlineData("""{ "redis": { "endpoints": ["redis"] } }""", "redis.endpoints.0: Does not match pattern")]
    [InlineData("""{ "networks": [{ "servers": { "0": "192.0.2.1:1" } }] }""", "networks.0: id is required")]
    [InlineData(
        """{ "networks": [{ "id": 6, "servers": {} }] }""",
        "networks.0.servers: Must have at least 1 properties")]
    [InlineData(
        """{ "networks": [{ "id": 6, "servers": { "25": "192.0.2.1:1" } }] }""",
        "networks.0.servers: Property name of \"25\"")]
    [InlineData(
        """{ "networks": [{ "id": 6, "servers": { "0": "192.0.2.1" } }] }""",
        "networks.0.servers.0: Does not match pattern")]
    [InlineData(
        """{ "networks": [{ "id": 6, "profile": "x", "servers": { "0": "192.0.2.1:1" } }] }""",
        "networks.0.profile must be one of")]
    [InlineData(
        """{ "limits": { "coin": { "window": "60 s" } } }""",
        "limits.coin.window: Does not match pattern '^(([0-9]+[.])?[0-9]{2}:[0-9]{2}:[0-9]{2}")]
    [InlineData(
        """{ "limits": { "coin": { "posts": -1 } } }""",
        "limits.coin.posts: Must be greater than or equal to 0")]
    [InlineData("""{ "grpc": { "port": 70000 } }""", "grpc.port: Must be less than or equal to 65535")]
    [InlineData(
        """{ "kme": { "pairs": [{ "master": "a", "slave": "b", "receiver": "198.51.100.7:75" }] } }""",
        "kme.pairs.0: Must validate at least one schema (anyOf)")]
    [InlineData("""{ "kme": { "keySize": 100 } }""", "kme.keySize: Must be a multiple of 8")]
    [InlineData("""{ "signal": { "port": 75 } }""", "signal.port: Must be greater than or equal to 1024")]
    [InlineData("""{ "signal": { "enabled": "yes" } }""", "signal.enabled: Invalid type. Expected: boolean")]
    [InlineData("""{ "image": { "digest": "latest" } }""", "image.digest: Does not match pattern")]
    [InlineData(
        """{ "podDisruptionBudget": { "maxUnavailable": "some" } }""",
        "podDisruptionBudget.maxUnavailable: Does not match pattern")]
    [InlineData(
        """{ "networkPolicy": { "callers": [{ "pods": {} }] } }""",
        "networkPolicy.callers.0: Additional property pods is not allowed")]
    [InlineData("""{ "extraEnv": [{ "value": "x" }] }""", "extraEnv.0: name is required")]
    [InlineData("""{ "resources": { "request": {} } }""", "resources: Additional property request is not allowed")]
    [InlineData("""{ "labels": { "a": "not a label" } }""", "labels.a: Does not match pattern")]
    [InlineData("""{ "keyServers": { "coins": 1000 } }""", "keyServers.coins: Must be less than or equal to 127")]
    [InlineData("""{ "fullnameOverride": "Gate" }""", "fullnameOverride: Does not match pattern")]
    [InlineData("""{ "fullnameOverride": "1-gate" }""", "fullnameOverride: Does not match pattern")]
    [InlineData("""{ "fullnameOverride": "gate.rke" }""", "fullnameOverride: Does not match pattern")]
    [InlineData("""{ "fullnameOverride": "gate-" }""", "fullnameOverride: Does not match pattern")]
    [InlineData(
        """{ "fullnameOverride": "a-name-that-is-longer-than-48-characters-is-refused" }""",
        "fullnameOverride: String length must be less than or equal to 48")]
    [InlineData("""{ "nameOverride": "gate.way" }""", "nameOverride: Does not match pattern")]
    [InlineData("""{ "settings": { "Brigde": {} } }""", "settings: Additional property Brigde is not allowed")]
    [InlineData(
        """{ "settings": { "Grpc": { "MaxCalls": 5 } } }""", "settings: Additional property Grpc is not allowed")]
    [InlineData(
        """{ "settings": { "Dns": { "Rounds": 0 } } }""",
        "settings.Dns.Rounds: Must be greater than or equal to 1")]
    [InlineData(
        """{ "settings": { "Bridge": { "MinRetransmission": 50 } } }""",
        "settings.Bridge.MinRetransmission: Invalid type. Expected: string")]
    [InlineData("""{ "identity": { "forwardedFrom": ["proxy"] } }""", "identity.forwardedFrom.0: Does not match pattern")]
    [InlineData(
        """{ "limits": { "caller": { "overrides": [{ "postsPerDay": 1 }] } } }""",
        "limits.caller.overrides.0: id is required")]
    [InlineData(
        """{ "limits": { "caller": { "localShare": 2 } } }""",
        "limits.caller.localShare: Must be less than or equal to 1")]
    [InlineData("""{ "logging": { "levels": { "Rke": "Verbose" } } }""", "logging.levels.Rke must be one of")]
    [InlineData("""{ "dns": { "via": "both of them" } }""", "dns.via must be one of")]
    [InlineData("""{ "grpc": { "maxMessageSize": 12 } }""", "grpc.maxMessageSize: Must be greater than or equal to 1024")]
    public async Task The_schema_rejects(string json, string message) =>
        await IsRefusedAsync(json, message, "values don't meet the specifications of the schema");

    [Theory]
    [InlineData(
        """{ "networks": [] }""",
        "networks: no network is configured; add the addresses of the key servers, or set keyServers.enabled=true")]
    [InlineData("""{ "keys": { "secretName": "" } }""", "keys.secretName: the gateway needs coins; set the name of the Secret")]
    [InlineData("""{ "keyServers": { "enabled": true } }""", "networks: network 6 is defined twice")]
    [InlineData(
        """{ "networks": [], "keyServers": { "enabled": true } }""",
        "keys.secretName: the key servers for development create their own coins")]
    [InlineData(
        """{ "networks": [{ "id": 6, "responseIv": "continued", "servers": { "0": "192.0.2.1:1" } }] }""",
        "responseIv 'continued' requires the raidax profile")]
    [InlineData(
        """{ "grpc": { "web": true }, "mesh": "linkerd" }""",
        "grpc.web: without TLS, the HTTP port serves gRPC-Web, and the mesh does not protect that port")]
    [InlineData(
        """{ "redis": { "endpoints": [] } }""",
        "redis.endpoints: up to 3 replicas use the same coins and agree on them in Redis; "
            + "write its host:port, or set replicaCount=1")]
    [InlineData(
        """{ "redis": { "development": { "enabled": true } } }""",
        "redis.endpoints: redis.development.enabled brings a Redis of its own")]
    [InlineData(
        """{ "redis": { "endpoints": [], "tls": true, "development": { "enabled": true } } }""",
        "has neither TLS nor a password")]
    [InlineData(
        """{ "redis": { "endpoints": ["redis:6379"] } }""",
        "networkPolicy.redis: redis.endpoints has a name (redis:6379)")]
    [InlineData(
        """{ "networks": [{ "id": 6, "servers": { "3": "r3.example.com:1" } }] }""",
        "networkPolicy.raida: networks[0].servers.3 is a host name (r3.example.com:1)")]
    [InlineData(
        """{ "targets": { "allow": ["face.example.com"] } }""",
        "networkPolicy.raida: targets.allow contains a host name (face.example.com)")]
    [InlineData(
        """{ "telemetry": { "otlpEndpoint": "http://c:4317" } }""",
        "networkPolicy.telemetry: the policy would block telemetry.otlpEndpoint")]
    [InlineData(
        """{ "autoscaling": { "enabled": true, "minReplicas": 5, "maxReplicas": 4 } }""",
        "autoscaling.minReplicas: it is greater than autoscaling.maxReplicas")]
    [InlineData(
        """{ "autoscaling": { "enabled": true, "cpuUtilization": 0 } }""",
        "autoscaling: there is no target; set cpuUtilization or requestsInFlight")]
    [InlineData("""{ "http": { "port": 5001 } }""", "http.port: it is the same as grpc.port; set another port")]
    [InlineData("""{ "tls": { "clientCertificates": true } }""", "tls.clientCertificates: it requires TLS; set tls.secretName")]
    [InlineData(
        """{ "agent": { "enabled": true } }""",
        "agent.enabled: the agent receives notices as sessions; set signal.enabled=true")]
    [InlineData("""{ "agent": { "enabled": true } }""", "agent.peers: the agent has no peer; add one, or set agent.enabled=false")]
    [InlineData(
        """{ "agent": { "enabled": true, "peers": { "x": { "destinations": [] } } } }""",
        "agent.peers.x: there is no peer x; add it to peers")]
    [InlineData(
        """{ "kme": { "enabled": true } }""",
        "kme.tls.secretName: SAEs authenticate with certificates; set it to a Secret with tls.crt, tls.key and ca.crt")]
    [InlineData(
        """{ "kme": { "enabled": true } }""",
        "sessions.sealingKey.secretName: a KME encrypts its keys at rest")]
    [InlineData(
        """{ "kme": { "enabled": true, "port": 5002 } }""", "kme.port: it is the same as grpc.port or http.port")]
    [InlineData(
        """{ "kme": { "enabled": true, "pairs": [{ "master": "a", "slave": "b", "peer": "x" }] } }""",
        "kme.pairs[0].peer: there is no peer x; add it to peers")]
    [InlineData(
        """{ "kme": { "enabled": true, "pairs": [{ "master": "a", "slave": "b", "peer": "x" }] } }""",
        "kme.pairs[0].peer: the KME of a slave receives Signals; set signal.enabled=true")]
    [InlineData("""{ "grpcRoute": { "enabled": true } }""", "grpcRoute.parentRefs: a route needs a Gateway")]
    [InlineData(
        """{ "identity": { "jwt": { "issuer": "https://issuer.example", "audience": "us" } } }""",
        "identity.jwt: issuer and keys belong together")]
    [InlineData(
        """{ "identity": { "jwt": { "keys": { "secretName": "rke-jwks" } } } }""",
        "identity.jwt: issuer and keys belong together")]
    [InlineData(
        """{ "identity": { "jwt": { "issuer": "https://issuer.example", "keys": { "secretName": "rke-jwks" } } } }""",
        "identity.jwt: issuer and audience belong together")]
    [InlineData(
        """{ "dns": { "via": "raida" } }""",
        "dns.via: raida needs 3 key servers that agree, but network 6 has 2")]
    [InlineData(
        """{ "redis": { "tls": true, "ca": { "secretName": "a", "configMapName": "b" } } }""",
        "redis.ca: comes from a ConfigMap or from a Secret; remove one of the two")]
    [InlineData(
        """{ "redis": { "endpoints": [], "sentinelService": "coins" }, "replicaCount": 1, "autoscaling": { "enabled": false } }""",
        "redis.sentinelService: needs Sentinels")]
    [InlineData(
        """{ "redis": { "endpoints": ["192.0.2.9:26379"], "sentinelService": "coins" } }""",
        "networkPolicy.redis: redis.sentinelService names servers")]
    [InlineData("""{ "redis": { "user": "rke" } }""", "redis.user: needs a password")]
    [InlineData("""{ "redis": { "ca": { "secretName": "a" } } }""", "redis.ca: is for TLS; set redis.tls=true")]
    [InlineData(
        """{ "drain": { "endpointSeconds": 10, "callSeconds": 50 }, "terminationGracePeriodSeconds": 60 }""",
        "terminationGracePeriodSeconds: Kubernetes would kill the pod before it has drained, which takes 60 seconds (drain)")]
    [InlineData(
        """{ "extraEnv": [{ "name": "Rke__Grpc__DrainTimeout", "value": "01:00:00" }] }""",
        "extraEnv: the chart sets Rke__Grpc__DrainTimeout itself; use the value of the chart for it")]
    public async Task Contradictory_values_are_rejected(string json, string message) =>
        await IsRefusedAsync(json, message, "These values contradict each other:");

    [Fact]
    public async Task All_problems_are_reported_at_once()
    {
        var run = await Helm.TryTemplateAsync([]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("networks: no network is configured", run.Errors);
        Assert.Contains("redis.endpoints: up to 3 replicas", run.Errors);
    }

    private static async Task IsRefusedAsync(string json, params string[] messages)
    {
        var run = await Helm.TryTemplateAsync(ChartValues.Least().With(json));
        Assert.NotEqual(0, run.ExitCode);
        foreach (var message in messages)
        {
            Assert.Contains(message, run.Errors);
        }
    }
}
