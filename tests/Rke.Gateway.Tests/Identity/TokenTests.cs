using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Grpc.Health.V1;
using Rke.Gateway.Tests.Observability;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Rke.Gateway.Tests.Identity;

/// <summary>Bearer tokens. The tests sign them without the library that validates them.</summary>
public sealed class TokenTests : IAsyncLifetime
{
    private const string Issuer = "https://issuer.example";
    private const string Audience = "rke-gateway";

    private readonly TlsFolder _folder = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private TestNetwork? _network;
    private RunningGateway? _gateway;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static long Soon => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 300;

    public async ValueTask InitializeAsync()
    {
        WriteKeys(("first", _key));
        _network = await TestNetwork.StartAsync(coins: 1);
        _gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(_network.Settings())
        {
            ["Rke:Identity:Jwt:Keys"] = _folder.PathOf("jwks.json"),
            ["Rke:Identity:Jwt:Issuer"] = Issuer,
            ["Rke:Identity:Jwt:Audience"] = Audience,
            ["Rke:Reload:Interval"] = "00:00:00.020",
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway!.DisposeAsync();
        await _network!.DisposeAsync();
        _folder.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task A_token_of_the_issuer_for_this_gateway_is_accepted() => Assert.Equal(
        StatusCode.OK, await CallAsync(Sign(_key, "first", new { iss = Issuer, aud = Audience, sub = "shop", exp = Soon })));

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    public async Task Each_documented_algorithm_is_accepted(string algorithm)
    {
        using var signer = new TokenSigner(algorithm);
        _folder.WriteFile("jwks.json", signer.KeySet);
        var token = signer.Sign(new { iss = Issuer, aud = Audience, sub = "shop", exp = Soon });
        await Eventually.IsTrueAsync(async () => await CallAsync(token) == StatusCode.OK);
    }

    [Fact]
    public async Task Clocks_can_differ_by_half_a_minute()
    {
        // A new token for each try, because a busy machine may need longer than the difference.
        await Eventually.IsTrueAsync(async () => await CallAsync(Lasting(from: 25, to: 300)) == StatusCode.OK);
        await Eventually.IsTrueAsync(async () => await CallAsync(Lasting(from: -60, to: -5)) == StatusCode.OK);
        Assert.Equal(StatusCode.Unauthenticated, await CallAsync(Lasting(from: 300, to: 600)));
        Assert.Equal(StatusCode.Unauthenticated, await CallAsync(Lasting(from: -60, to: -31)));
    }

    // The end of year 9999, which is also the end of DateTime, and the greatest number.
    [Theory]
    [InlineData(253402300799)]
    [InlineData(long.MaxValue)]
    public async Task A_token_can_be_valid_for_ever(long end) => Assert.Equal(
        StatusCode.OK, await CallAsync(Sign(_key, "first", new { iss = Issuer, aud = Audience, sub = "shop", exp = end })));

    private string Lasting(int from, int to)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return Sign(_key, "first", new { iss = Issuer, aud = Audience, sub = "shop", nbf = now + from, exp = now + to });
    }

    [Fact]
    public async Task An_invalid_token_is_rejected()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var right = new { iss = Issuer, aud = Audience, sub = "shop", exp = Soon };
        var past = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 60;
        var valid = Sign(_key, "first", right);
        var wrong = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["another key"] = Sign(other, "first", right),
            ["another issuer"] = Sign(_key, "first", right with { iss = "https://other.example" }),
            ["another audience"] = Sign(_key, "first", right with { aud = "other" }),
            ["no subject"] = Sign(_key, "first", right with { sub = "" }),
            ["over"] = Sign(_key, "first", right with { exp = past }),
            ["without end"] = Sign(_key, "first", new { iss = Issuer, aud = Audience, sub = "shop" }),
            ["not yet"] = Sign(_key, "first", new { iss = Issuer, aud = Audience, sub = "shop", exp = Soon, nbf = Soon - 60 }),
            ["not signed"] = $"{Part(new { alg = "none" })}.{Part(right)}.",
            ["signed with the public key as a secret"] = SignWithPublicKey(right),
            ["another part"] = $"{valid.Split('.')[0]}.{Part(right with { sub = "admin" })}.{valid.Split('.')[2]}",
            ["cut"] = valid[..^1],
            ["nothing"] = "",
            ["no token"] = "hello",
        };
        foreach (var (what, token) in wrong)
        {
            Assert.Equal((what, StatusCode.Unauthenticated), (what, await CallAsync(token)));
        }

        Assert.DoesNotContain(_gateway!.Logs.Lines, line => line.Contains(valid.Split('.')[2], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_caller_without_a_token_is_anonymous() => Assert.Equal(StatusCode.OK, await CallAsync(null));

    [Fact]
    public async Task Keys_are_reloaded_and_invalid_ones_are_rejected()
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var claims = new { iss = Issuer, aud = Audience, sub = "shop", exp = Soon };
        Assert.Equal(StatusCode.Unauthenticated, await CallAsync(Sign(next, "second", claims)));
        WriteKeys(("first", _key), ("second", next));
        await Eventually.IsTrueAsync(async () => await CallAsync(Sign(next, "second", claims)) == StatusCode.OK);
        Assert.Equal(StatusCode.OK, await CallAsync(Sign(_key, "first", claims)));

        _folder.WriteFile("jwks.json", "{");
        await Eventually.IsTrueAsync(async () =>
            (await Samples.OfAsync(_gateway!))["rke_reload_refused{file=\"token_keys\"}"].Equals(1));
        Assert.Equal(StatusCode.OK, await CallAsync(Sign(next, "second", claims)));
    }

    private static string Sign(ECDsa key, string id, object claims)
    {
        var text = $"{Part(new { alg = "ES256", kid = id, typ = "JWT" })}.{Part(claims)}";
        return $"{text}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256))}";
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private string SignWithPublicKey(object claims)
    {
        var text = $"{Part(new { alg = "HS256", kid = "first" })}.{Part(claims)}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(_key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(text)))}";
    }

    private void WriteKeys(params (string Id, ECDsa Key)[] keys) => _folder.WriteFile("jwks.json", JsonSerializer.Serialize(new
    {
        keys = keys.Select(key => (key.Id, Point: key.Key.ExportParameters(includePrivateParameters: false).Q)).Select(key => new
        {
            kty = "EC",
            crv = "P-256",
            kid = key.Id,
            use = "sig",
            x = Base64Url.EncodeToString(key.Point.X),
            y = Base64Url.EncodeToString(key.Point.Y),
        }),
    }));

    private async Task<StatusCode> CallAsync(string? token)
    {
        var headers = token is null ? null : new Metadata { { "authorization", $"Bearer {token}" } };
        try
        {
            await new HealthClient(_gateway!.Channel).CheckAsync(new HealthCheckRequest(), headers, cancellationToken: Cancelled);
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }
}
