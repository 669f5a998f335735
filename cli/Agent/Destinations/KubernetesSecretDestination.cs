using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>
/// A Kubernetes Secret with the members <c>key</c> and <c>id</c>, written with server-side apply. The agent runs in a pod, and its service
/// account may get and patch the Secret.
/// </summary>
internal sealed class KubernetesSecretDestination(string name, string? space, string format, ApiServer server) : IKeyDestination
{
    private const string FieldManager = "rke-agent";

    public string Name => $"kubernetes-secret {name}";

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "");
        await SendAsync(request, cancellationToken, HttpStatusCode.NotFound);
    }

    public async Task ApplyAsync(DestinationKeys keys, CancellationToken cancellationToken)
    {
        var content = SeveralKeys.Encode(keys, format);
        var body = Encoding.UTF8.GetBytes(JsonText.WriteLine(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["data"] = new JsonObject
            {
                ["key"] = Convert.ToBase64String(content),
                ["id"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(keys.Active.Id)),
            },
        }));
        CryptographicOperations.ZeroMemory(content);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, $"?fieldManager={FieldManager}&force=true")
            {
                Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/apply-patch+yaml") } },
            };
            await SendAsync(request, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private async Task SendAsync(HttpRequestMessage request, CancellationToken cancellationToken, HttpStatusCode? accepted = null)
    {
        if (server.Host.Length == 0)
        {
            throw new DestinationException($"{ApiServer.HostVariable} is not set. The agent must run in a pod.");
        }

        try
        {
            // The kubelet replaces the files.
            var authorities = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            authorities.CustomTrustStore.ImportFromPemFile(Path.Combine(server.Folder, "ca.crt"));
            var token = await File.ReadAllTextAsync(Path.Combine(server.Folder, "token"), cancellationToken);
            var own = space ?? await File.ReadAllTextAsync(Path.Combine(server.Folder, "namespace"), cancellationToken);
            using var client = new HttpClient(new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                SslOptions = new() { CertificateChainPolicy = authorities },
            });
            var host = server.Host.Contains(':', StringComparison.Ordinal) ? $"[{server.Host}]" : server.Host;
            request.RequestUri = new($"https://{host}:{server.Port}/api/v1/namespaces/{own.Trim()}/secrets/{name}{request.RequestUri}");
            request.Headers.Authorization = new("Bearer", token.Trim());
            using var response = await client.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode && response.StatusCode != accepted)
            {
                throw new DestinationException(
                    $"The API server answered with {(int)response.StatusCode}: {await MessageOfAsync(response, cancellationToken)}");
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or UnauthorizedAccessException
            or CryptographicException or UriFormatException)
        {
            throw new DestinationException($"The API server cannot be called: {exception.Message}");
        }
    }

    // The message of a Status object. The answer to a successful request has the key, so it is never read.
    private static async Task<string> MessageOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var status = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            return SafeText.Of((string?)status?["message"] ?? "no message");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return "no message";
        }
    }
}

/// <summary>The API server of the cluster, as a pod finds it.</summary>
/// <param name="Folder">The folder with the token, the namespace and the authorities of the service account.</param>
/// <param name="Host">Empty outside of a pod.</param>
internal sealed record ApiServer(string Folder, string Host, string Port)
{
    public const string HostVariable = "KUBERNETES_SERVICE_HOST";

    private const string PortVariable = "KUBERNETES_SERVICE_PORT";
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    public static ApiServer OfPod() => new(
        ServiceAccount,
        Environment.GetEnvironmentVariable(HostVariable) ?? "",
        Environment.GetEnvironmentVariable(PortVariable) ?? "443");
}
