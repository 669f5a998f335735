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
internal sealed class KubernetesSecretDestination(string name, string? space, string format) : IKeyDestination
{
    /// <summary>The folder of the service account. Tests replace it.</summary>
    private const string FolderVariable = "RKE_SERVICE_ACCOUNT";

    private const string DefaultFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string FieldManager = "rke-agent";

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

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
        var (host, port) = (Variable("KUBERNETES_SERVICE_HOST"), Variable("KUBERNETES_SERVICE_PORT"));
        var folder = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } given ? given : DefaultFolder;
        try
        {
            // The kubelet replaces the files.
            var authorities = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            authorities.CustomTrustStore.ImportFromPemFile(Path.Combine(folder, "ca.crt"));
            var token = await File.ReadAllTextAsync(Path.Combine(folder, "token"), cancellationToken);
            var own = space ?? await File.ReadAllTextAsync(Path.Combine(folder, "namespace"), cancellationToken);
            using var client = new HttpClient(new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                SslOptions = new() { CertificateChainPolicy = authorities },
            })
            {
                Timeout = TimeLimit,
            };
            var authority = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
            request.RequestUri = new($"https://{authority}/api/v1/namespaces/{own.Trim()}/secrets/{name}{request.RequestUri}");
            request.Headers.Authorization = new("Bearer", token.Trim());
            using var response = await client.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode && response.StatusCode != accepted)
            {
                throw new DestinationException(
                    $"The API server answered with {(int)response.StatusCode}: {await MessageOfAsync(response, cancellationToken)}");
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or UnauthorizedAccessException
            or CryptographicException or UriFormatException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
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

    private static string Variable(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
        ? value
        : throw new DestinationException($"{variable} is not set. The agent must run in a pod.");
}
