using System.Text.Json.Nodes;
using Rke.Deployment.Tests.Chart;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Image;

/// <summary>
/// The chart's Deployments of key servers and gateway under <c>podman kube play</c>, with the manifests' own security
/// settings. Podman has no Services, so the settings of the gateway contain the address of the key servers. Podman 4.3 does
/// not decode the base64 of a Secret in a volume, so folders replace the Secrets.
/// </summary>
internal sealed class KubePlay : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-play-");
    private readonly List<string> _played = [];
    private readonly string _name;
    private readonly string _tag;
    private readonly bool _isMutual;

    private KubePlay(string tag, bool isMutual)
    {
        (_tag, _isMutual) = (tag, isMutual);
        _name = $"rke-{tag[^8..]}{(isMutual ? "-mutual" : "")}";
    }

    public string Gateway => $"{_name}-pod-0-gateway";

    public string KeyServers => $"{_name}-key-servers-pod-0-key-servers";

    public string GatewayAddress { get; private set; } = "";

    public string KeyServersAddress { get; private set; } = "";

    /// <param name="isMutual">The gateway serves TLS and asks for certificates.</param>
    public static async Task<KubePlay> StartAsync(string tag, bool isMutual = false)
    {
        var play = new KubePlay(tag, isMutual);
        try
        {
            await play.PlayAsync();
            return play;
        }
        catch
        {
            await play.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in Enumerable.Reverse(_played))
        {
            await Podman.TryAsync("kube", "down", file);
        }

        await Podman.TryAsync("volume", "rm", "--force", _name);
        _folder.Delete(recursive: true);
    }

    /// <summary>Plays the pod of <c>helm test</c> and gives its exit code and what it wrote.</summary>
    public async Task<(string ExitCode, string Output)> RunTestAsync()
    {
        var pod = (await RenderGatewayAsync()).Get("Pod", $"{_name}-test-exchange");

        // What a Service is for.
        pod["spec"]!["hostAliases"] = new JsonArray(
            new JsonObject { ["ip"] = GatewayAddress, ["hostnames"] = new JsonArray(Host) });
        await PlayAsync(pod);
        var container = $"{_name}-test-exchange-exchange";
        var code = await Podman.RunAsync("wait", container);
        return (code, (await Podman.TryAsync("logs", container)).All);
    }

    private string Host => $"{_name}.rke.svc";

    private async Task PlayAsync()
    {
        var development = await RenderAsync("""{ "keyServers": { "enabled": true } }""");
        await WriteKeysAsync(development.Get("Secret", $"{_name}-coins"));
        await PlayAsync(development.Get("Deployment", $"{_name}-key-servers"));
        KeyServersAddress = await AddressAsync($"{_name}-key-servers-pod-0");

        if (_isMutual)
        {
            using var certificates = new CertificateFolder();
            certificates.WriteServer(FolderOf("rke-tls"), Host);
            certificates.WriteClient(FolderOf("rke-client"), new("spiffe://example.org/test"));
        }

        var gateway = await RenderGatewayAsync();
        await PlayAsync(gateway.Get("ConfigMap", _name), gateway.Get("Deployment", _name));
        GatewayAddress = await AddressAsync($"{_name}-pod-0");
        await WaitUntilReadyAsync();
    }

    // The kubelet uses the readiness probe for this. The tests remove the probes.
    private async Task WaitUntilReadyAsync()
    {
        using var pages = new HttpClient { BaseAddress = new($"http://{GatewayAddress}:5002") };
        try
        {
            await Eventually.IsTrueAsync(() => IsReadyAsync(pages), TimeSpan.FromMinutes(1));
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The gateway is not ready after a minute. Its log:\n{(await Podman.TryAsync("logs", Gateway)).All}");
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient pages)
    {
        try
        {
            using var answer = await pages.GetAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<Manifests> RenderGatewayAsync()
    {
        var servers = string.Join(", ", Enumerable.Range(0, 25).Select(raida =>
            $"\"{raida}\": \"{KeyServersAddress}:{50000 + raida}\""));
        const string Mutual = """
            , "tls": { "secretName": "rke-tls", "clientCertificates": true },
            "tests": { "clientCertificate": { "secretName": "rke-client" }, "raidaId": 3 }
            """;
        return await RenderAsync(
            $$"""
            { "networks": [{ "id": 6, "servers": { {{servers}} } }], "keys": { "secretName": "rke-keys" }
            {{(_isMutual ? Mutual : "")}} }
            """);
    }

    private async Task<Manifests> RenderAsync(string json)
    {
        var values = ChartValues.Parse($$"""
            {
              "fullnameOverride": "{{_name}}", "replicaCount": 1,
              "image": { "repository": "localhost/rke-gateway", "tag": "{{_tag}}", "pullPolicy": "Never" }
            }
            """).With(json);
        var manifests = await Manifests.CheckAsync("play", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        return manifests;
    }

    private async Task WriteKeysAsync(JsonNode secret)
    {
        await File.WriteAllBytesAsync(
            Path.Combine(FolderOf($"{_name}-coins").FullName, "development.key"),
            Convert.FromBase64String((string)secret["data"]!["development.key"]!),
            TestContext.Current.CancellationToken);

        // The pod's user is not the one who runs the tests.
        await ToolRun.OutputAsync("chmod", ["755", _folder.FullName]);
    }

    private async Task PlayAsync(params JsonNode[] objects)
    {
        foreach (var spec in objects.Select(item => item["spec"]?["template"]?["spec"] ?? item["spec"]))
        {
            foreach (var volume in spec?["volumes"]?.AsArray().OfType<JsonObject>() ?? [])
            {
                if ((string?)volume["secret"]?["secretName"] is { } secret)
                {
                    volume.Remove("secret");
                    volume["hostPath"] = new JsonObject
                    {
                        ["path"] = FolderOf(secret).FullName,
                        ["type"] = "Directory",
                    };
                }
            }

            // Podman takes a container's ports on the host, where others may have them, and asks pages with a curl in the
            // container, which the image has not. The pods have addresses of their own.
            foreach (var container in spec?["containers"]?.AsArray().OfType<JsonObject>() ?? [])
            {
                container.Remove("ports");
                container.Remove("startupProbe");
                container.Remove("readinessProbe");
                container.Remove("livenessProbe");
            }
        }

        var file = Path.Combine(_folder.FullName, $"{_played.Count}.yaml");
        await File.WriteAllTextAsync(
            file,
            string.Join("\n---\n", objects.Select(item => item.ToJsonString())),
            TestContext.Current.CancellationToken);
        _played.Add(file);
        await Podman.RunAsync("kube", "play", file);
    }

    // The operator's keys are those that the key servers made.
    private DirectoryInfo FolderOf(string secret) => _folder.CreateSubdirectory(secret == "rke-keys" ? $"{_name}-coins" : secret);

    private static async Task<string> AddressAsync(string pod)
    {
        var infra = await Podman.RunAsync("pod", "inspect", pod, "--format", "{{.InfraContainerID}}");
        return await Podman.RunAsync(
            "inspect", infra, "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
    }
}
