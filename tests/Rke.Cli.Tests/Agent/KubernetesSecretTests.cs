using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rke.Cli.Tests.Agent;

/// <summary>The requests of the destination to an API server. Debian and npm have no API server, so this one only records them.</summary>
public sealed class KubernetesSecretTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly TlsFolder _account = new();
    private readonly List<(string Method, string Url, string? Authorization, string? Type, string Body)> _requests = [];
    private WebApplication _server = null!;
    private HttpStatusCode _answer = HttpStatusCode.OK;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var certificate = _authority.SignServer();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        _server = builder.Build();
        _server.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var request = context.Request;
            _requests.Add((request.Method, request.Path + request.QueryString, request.Headers.Authorization, request.ContentType, await reader.ReadToEndAsync()));
            context.Response.StatusCode = (int)_answer;
            await context.Response.WriteAsync("""{ "kind": "Status", "message": "secrets \"rke\" is forbidden" }""");
        });
        await _server.StartAsync();
        _account.WriteAuthorities(_authority.Certificate);
        _account.WriteFile("token", "the-token\n");
        _account.WriteFile("namespace", "own\n");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _account.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task The_keys_are_applied_to_the_secret_of_the_namespace()
    {
        var destination = Make("psk", space: null);
        await destination.CheckAsync(Cancelled);
        var (active, old) = (Key(1), Key(2));
        await destination.ApplyAsync(new(active, [old]), Cancelled);

        Assert.Equal(("GET", "/api/v1/namespaces/own/secrets/rke", "Bearer the-token"), (_requests[0].Method, _requests[0].Url, _requests[0].Authorization));
        var patch = _requests[1];
        Assert.Equal(("PATCH", "/api/v1/namespaces/own/secrets/rke?fieldManager=rke-agent&force=true"), (patch.Method, patch.Url));
        Assert.Equal("application/apply-patch+yaml", patch.Type);
        var secret = JsonNode.Parse(patch.Body)!;
        Assert.Equal(("v1", "Secret", "rke"), ((string)secret["apiVersion"]!, (string)secret["kind"]!, (string)secret["metadata"]!["name"]!));
        Assert.Equal($"{active.Id}:{HexText.Of(active.Key)}\n{old.Id}:{HexText.Of(old.Key)}\n", Text(secret["data"]!["key"]));
        Assert.Equal(active.Id, Text(secret["data"]!["id"]));
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "The API server answered with 403: secrets \"rke\" is forbidden")]
    [InlineData(HttpStatusCode.InternalServerError, "The API server answered with 500: secrets \"rke\" is forbidden")]
    public async Task An_error_of_the_server_has_its_message_and_not_the_key(HttpStatusCode answer, string expected)
    {
        _answer = answer;
        var failure = await Assert.ThrowsAsync<DestinationException>(() => Make("hex", "other").ApplyAsync(new(Key(1), []), Cancelled));
        Assert.Equal(expected, failure.Message);
        Assert.StartsWith("/api/v1/namespaces/other/secrets/rke", _requests[0].Url);
    }

    [Fact]
    public async Task A_server_with_another_authority_gets_neither_the_token_nor_the_key()
    {
        using var other = new TestAuthority();
        _account.WriteAuthorities(other.Certificate);
        var failure = await Assert.ThrowsAsync<DestinationException>(() => Make("hex", null).ApplyAsync(new(Key(1), []), Cancelled));
        Assert.StartsWith("The API server cannot be called: ", failure.Message);
        Assert.Empty(_requests);
    }

    [Fact]
    public async Task Without_a_pod_the_error_says_so()
    {
        var destination = new KubernetesSecretDestination("rke", null, "hex", new(_account.PathOf(""), "", ""));
        var failure = await Assert.ThrowsAsync<DestinationException>(() => destination.CheckAsync(Cancelled));
        Assert.Equal("KUBERNETES_SERVICE_HOST is not set. The agent must run in a pod.", failure.Message);
    }

    private KubernetesSecretDestination Make(string format, string? space)
    {
        var address = new Uri(_server.Urls.Single());
        return new("rke", space, format, new(_account.PathOf(""), address.Host, $"{address.Port}"));
    }

    private static AgentKey Key(byte first) => new(
        HexText.Of([first, .. new byte[15]]), RandomNumberGenerator.GetBytes(32), new byte[32], new byte[32], []);

    private static string Text(JsonNode? node) => Encoding.ASCII.GetString(Convert.FromBase64String((string)node!));
}
