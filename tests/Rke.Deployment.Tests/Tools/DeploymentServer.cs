using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Rke.Deployment.Tests.Tools;

/// <summary>The part of the API of Kubernetes that `lookup` of a Deployment needs. `helm template` has no API server.</summary>
internal sealed partial class DeploymentServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly IReadOnlyDictionary<string, int> _replicas;

    /// <summary>The server has these Deployments, with their numbers of replicas.</summary>
    public DeploymentServer(IReadOnlyDictionary<string, int> replicas)
    {
        _replicas = replicas;
        using (var socket = new TcpListener(IPAddress.Loopback, 0))
        {
            socket.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add($"{Url}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Url { get; }

    /// <summary>The manifest of `helm install` at this server. Helm keeps the release in memory.</summary>
    public async Task<string> InstallAsync(JsonObject values)
    {
        var folder = Directory.CreateTempSubdirectory("rke-install-").FullName;
        try
        {
            var file = Path.Combine(folder, "values.json");
            var releases = Path.Combine(folder, "releases.yaml");
            var kubeconfig = Path.Combine(folder, "kubeconfig");
            await File.WriteAllTextAsync(file, values.ToJsonString(), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(releases, "[]", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(kubeconfig, "", TestContext.Current.CancellationToken);
            var output = await ToolRun.OutputAsync(
                RepositoryPaths.Helm,
                [
                    "install", Helm.Release, RepositoryPaths.Chart, "--namespace", "rke", "--values", file,
                    "--kube-apiserver", Url, "--disable-openapi-validation", "--no-hooks", "--output", "json",
                ],
                environment: new Dictionary<string, string>
                {
                    ["HELM_DRIVER"] = "memory",
                    ["HELM_MEMORY_DRIVER_DATA"] = releases,
                    ["HELM_CACHE_HOME"] = folder,
                    ["KUBECONFIG"] = kubeconfig,
                });
            return (string)JsonNode.Parse(output)!["manifest"]!;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                var body = Answer(context.Request.Url!.AbsolutePath);
                context.Response.StatusCode = body is null ? 404 : 200;
                context.Response.ContentType = "application/json";
                await context.Response.OutputStream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(
                    body ?? new { kind = "Status", apiVersion = "v1", status = "Failure", reason = "NotFound", code = 404 }));
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private object? Answer(string path)
    {
        var version = new { groupVersion = "apps/v1", version = "v1" };
        return path switch
        {
            "/version" => new { major = "1", minor = "36", gitVersion = "v1.36.0" },
            "/api" => new { kind = "APIVersions", versions = Array.Empty<string>() },
            "/apis" => new
            {
                kind = "APIGroupList",
                apiVersion = "v1",
                groups = new[] { new { name = "apps", versions = new[] { version }, preferredVersion = version } },
            },
            "/apis/apps/v1" => new
            {
                kind = "APIResourceList",
                apiVersion = "v1",
                groupVersion = "apps/v1",
                resources = new[]
                {
                    new { name = "deployments", singularName = "", namespaced = true, kind = "Deployment", verbs = new[] { "get" } },
                },
            },
            _ => Deployment().Match(path) is { Success: true } match && _replicas.TryGetValue(match.Groups[1].Value, out var count)
                ? new { apiVersion = "apps/v1", kind = "Deployment", spec = new { replicas = count } }
                : null,
        };
    }

    [GeneratedRegex("^/apis/apps/v1/namespaces/rke/deployments/([a-z-]+)$")]
    private static partial Regex Deployment();
}
