using System.Text.Json.Nodes;
using Rke.Deployment.Tests.Chart;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Image;

/// <summary>
/// The chart's Deployments of key servers and gateway under <c>podman kube play</c>, with the manifests' own security
/// settings. Podman knows no Services, so the gateway is told the key servers' address; and podman 4.3 writes a
/// Secret's base64 into the volume as it is, so the key files come from a folder instead.
/// </summary>
internal sealed class KubePlay : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-play-");
    private readonly List<string> _played = [];
    private readonly string _name;
    private readonly string _tag;

    private KubePlay(string tag)
    {
        _tag = tag;
        _name = $"rke-{tag[^8..]}";
    }

    public string Gateway => $"{_name}-pod-0-gateway";

    public string KeyServers => $"{_name}-key-servers-pod-0-key-servers";

    public string GatewayAddress { get; private set; } = "";

    public string KeyServersAddress { get; private set; } = "";

    public static async Task<KubePlay> StartAsync(string tag)
    {
        var play = new KubePlay(tag);
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

    private async Task PlayAsync()
    {
        var development = await RenderAsync("""{ "keyServers": { "enabled": true } }""");
        await WriteKeysAsync(development.Get("Secret", $"{_name}-coins"));
        await PlayAsync(development.Get("Deployment", $"{_name}-key-servers"));
        KeyServersAddress = await AddressAsync($"{_name}-key-servers-pod-0");

        var servers = string.Join(", ", Enumerable.Range(0, 25).Select(raida =>
            $"\"{raida}\": \"{KeyServersAddress}:{50000 + raida}\""));
        var gateway = await RenderAsync(
            $$"""{ "networks": [{ "id": 6, "servers": { {{servers}} } }], "keys": { "secretName": "rke-keys" } }""");
        await PlayAsync(gateway.Get("ConfigMap", _name), gateway.Get("Deployment", _name));
        GatewayAddress = await AddressAsync($"{_name}-pod-0");
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
        var keys = _folder.CreateSubdirectory("keys");
        await File.WriteAllBytesAsync(
            Path.Combine(keys.FullName, "development.key"),
            Convert.FromBase64String((string)secret["data"]!["development.key"]!),
            TestContext.Current.CancellationToken);

        // The pod's user is not the one who runs the tests.
        await ToolRun.OutputAsync("chmod", ["755", _folder.FullName]);
    }

    private async Task PlayAsync(params JsonNode[] objects)
    {
        foreach (var volume in objects.SelectMany(item =>
            item["spec"]?["template"]?["spec"]?["volumes"]?.AsArray().OfType<JsonObject>() ?? []))
        {
            if (volume.Remove("secret"))
            {
                volume["hostPath"] = new JsonObject
                {
                    ["path"] = Path.Combine(_folder.FullName, "keys"),
                    ["type"] = "Directory",
                };
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

    private static async Task<string> AddressAsync(string pod)
    {
        var infra = await Podman.RunAsync("pod", "inspect", pod, "--format", "{{.InfraContainerID}}");
        return await Podman.RunAsync(
            "inspect", infra, "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
    }
}
