using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Reflection.V1;
using Rke.Gateway.Configuration;
using Rke.Gateway.Identity;
using Rke.Gateway.Policy;
using Rke.Gateway.Tests.Observability;
using Rke.V1;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Rke.Gateway.Tests.Policy;

public sealed class PolicyTests : IDisposable
{
    private const string Senders = """
        {
          // Comments are allowed.
          "rules": [
            { "callers": ["spiffe://example.org/shop"], "methods": ["rke.v1.RkeService/PostKey"], "networks": [6], "coins": ["1002-1003"] },
            { "callers": ["spiffe://example.org/ns/*"], "methods": ["rke.v1.RkeService/*"] },
            { "callers": ["anonymous"], "methods": ["rke.v1.RkeService/Lookup"] },
          ]
        }
        """;

    private readonly TlsFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_call_that_no_rule_allows_is_denied()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, Senders);
        var post = new PostKeyRequest { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]) };

        var unknown = await Details.OfAsync(gateway.Client.PostKeyAsync(post, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.Unauthenticated, "UNAUTHENTICATED"), (unknown.Code, unknown.Reason));
        var stranger = await Details.OfAsync(gateway.Client.PostKeyAsync(post, As("spiffe://example.org/other"), cancellationToken: Cancelled));
        Assert.Equal((StatusCode.PermissionDenied, "NOT_PERMITTED"), (stranger.Code, stranger.Reason));

        // Without a named coin, the gateway takes a permitted one. A coin that is not permitted is denied.
        var posted = await gateway.Client.PostKeyAsync(post, As("spiffe://example.org/shop"), cancellationToken: Cancelled);
        Assert.InRange(posted.Coin.SerialNumber, 1002u, 1003u);
        var named = post.Clone();
        named.Coin = new() { SerialNumber = 1001 };
        var coin = await Details.OfAsync(gateway.Client.PostKeyAsync(named, As("spiffe://example.org/shop"), cancellationToken: Cancelled));
        Assert.Equal("NOT_PERMITTED", coin.Reason);
        named.Coin.SerialNumber = 1003;
        named.RaidaId = 2;
        await gateway.Client.PostKeyAsync(named, As("spiffe://example.org/shop"), cancellationToken: Cancelled);
        var get = new GetKeyRequest { RaidaId = 1, KeyIdHash = posted.KeyIdHash };
        var method = await Details.OfAsync(gateway.Client.GetKeyAsync(get, As("spiffe://example.org/shop"), cancellationToken: Cancelled));
        Assert.Equal("NOT_PERMITTED", method.Reason);
        await gateway.Client.GetKeyAsync(get, As("spiffe://example.org/ns/a/b"), cancellationToken: Cancelled);

        var samples = await Samples.OfAsync(gateway);
        Assert.Equal(2, samples["rke_authorization_decisions_total{method=\"rke.v1.RkeService/PostKey\",decision=\"denied\"}"]);
        Assert.Equal(3, samples["rke_authorization_decisions_total{method=\"rke.v1.RkeService/PostKey\",decision=\"allowed\"}"]);
    }

    [Fact]
    public async Task The_policy_applies_to_reflection_and_streams_but_not_to_health()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await StartAsync(network, Senders);
        using var reflection = new ServerReflection.ServerReflectionClient(gateway.Channel).ServerReflectionInfo(cancellationToken: Cancelled);
        var denied = await Assert.ThrowsAsync<RpcException>(() => reflection.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(StatusCode.Unauthenticated, denied.StatusCode);
        using var watch = new RkeSessionService.RkeSessionServiceClient(gateway.Channel)
            .WatchSessions(new(), As("spiffe://example.org/ns/a"), cancellationToken: Cancelled);
        denied = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(StatusCode.PermissionDenied, denied.StatusCode);
        await new HealthClient(gateway.Channel).CheckAsync(new(), cancellationToken: Cancelled);
    }

    [Fact]
    public async Task A_valid_policy_is_reloaded_under_load_and_an_invalid_one_is_rejected()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, Senders);
        var post = new PostKeyRequest { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]), KeyId = ByteString.CopyFrom(new byte[16]) };
        using var enough = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            // All valid policies of this test allow this call.
            for (var server = 0u; !enough.IsCancellationRequested; server = (server + 1) % 25)
            {
                var get = new GetKeyRequest { RaidaId = server, KeyId = post.KeyId };
                var answer = await Details.OfAsync(gateway.Client.GetKeyAsync(get, As("spiffe://example.org/ns/a"), cancellationToken: Cancelled));
                Assert.Equal("KEY_NOT_FOUND", answer.Reason);
            }
        });
        for (var turn = 0; turn < 5; turn++)
        {
            Write(Senders.Replace("example.org/shop", $"example.org/shop{turn}", StringComparison.Ordinal));
            await Eventually.IsTrueAsync(async () => (await CallAsync($"spiffe://example.org/shop{turn}")) == "INVALID_FIELD");
            Assert.Equal("NOT_PERMITTED", await CallAsync($"spiffe://example.org/shop{turn - 1}"));
        }

        Write("""{ "rules": [ { "callers": ["*"], "method": ["*"] } ] }""");
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))["rke_reload_refused{file=\"policy\"}"].Equals(1));
        Assert.Contains("warning: The policy", await gateway.ReadinessAsync(), StringComparison.Ordinal);
        Assert.Equal("INVALID_FIELD", await CallAsync("spiffe://example.org/shop4"));
        await enough.CancelAsync();
        await load;

        async Task<string> CallAsync(string caller) => (await Details.OfAsync(gateway.Client.PostKeyAsync(
            new() { RaidaId = 99 }, As(caller), cancellationToken: Cancelled))).Reason;
    }

    [Fact]
    public async Task The_gateway_does_not_start_with_an_invalid_policy()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var exception = await Assert.ThrowsAsync<SettingsException>(() => StartAsync(network, "[]"));
        Assert.Contains("The policy", Assert.Single(exception.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("null", "null")]
    [InlineData("{}", "rules")]
    [InlineData("""{"rules":[{"callers":["a"]}]}""", "methods")]
    [InlineData("""{"rules":[{"callers":[],"methods":["a"]}]}""", "rules[0].callers")]
    [InlineData("""{"rules":[{"callers":["a*b"],"methods":["a"]}]}""", "rules[0].callers")]
    [InlineData("""{"rules":[{"callers":[""],"methods":["a"]}]}""", "rules[0].callers")]
    [InlineData("""{"rules":[{"callers":[null],"methods":["a"]}]}""", "rules[0].callers")]
    [InlineData("""{"rules":[{"callers":["a"],"methods":["/a"]}]}""", "begins with a slash")]
    [InlineData("""{"rules":[{"callers":["a"],"methods":["a"],"networks":[70000]}]}""", "networks")]
    [InlineData("""{"rules":[{"callers":["a"],"methods":["a"],"coins":["9-1"]}]}""", "rules[0].coins")]
    [InlineData("""{"rules":[{"callers":["a"],"methods":["a"],"deny":true}]}""", "deny")]
    [InlineData("""{"rules":[{"callers":["a"],"methods":["a"],"peers":[]}]}""", "rules[0].peers")]
    [InlineData("""{"rules":[{"callers":["a"],"methods":["a"],"peers":["a*b"]}]}""", "rules[0].peers")]
    [InlineData("""{"rules":[],"rules":[]}""", "rules")]
    public void An_invalid_policy_is_rejected_with_the_reason(string json, string expected)
    {
        Assert.Null(PolicyFile.TryRead(Encoding.UTF8.GetBytes(json), out var problems));
        Assert.Contains(expected, string.Join(' ', problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*", "spiffe://a", true)]
    [InlineData("*", null, false)]
    [InlineData("anonymous", null, true)]
    [InlineData("anonymous", "anonymous", false)]
    [InlineData("spiffe://a/*", "spiffe://a/b", true)]
    [InlineData("spiffe://a/*", "spiffe://ab", false)]
    [InlineData("spiffe://a", "spiffe://a/b", false)]
    [InlineData("spiffe://a", "spiffe://A", false)]
    public void A_pattern_is_a_name_or_a_prefix(string pattern, string? name, bool isFor)
    {
        var rule = new PolicyRule([pattern], ["*"], [], []);
        var caller = name is null ? CallerIdentity.Anonymous : new CallerIdentity(CallerKind.Certificate, name);
        Assert.Equal(isFor, rule.IsFor(caller, "rke.v1.RkeService/PostKey"));
    }

    [Theory]
    [InlineData("1500", 0, 1500, true)]
    [InlineData("1500", 0, 1501, false)]
    [InlineData("1000-1999", 3, 1999, true)]
    [InlineData("0/1000-1999", 3, 1999, false)]
    [InlineData("-2/1000-1999", -2, 1000, true)]
    public void Coins_are_serial_numbers_and_ranges(string text, sbyte denomination, uint serialNumber, bool contains)
    {
        Assert.True(CoinRange.TryParse(text, out var range));
        Assert.Equal(contains, range.Contains(new(denomination, serialNumber)));
    }

    [Theory]
    [InlineData("shop", "shop", true)]
    [InlineData("shop", "shop2", false)]
    [InlineData("shop*", "shop2", true)]
    [InlineData("*", "shop", true)]
    [InlineData("*", "unknown", false)]
    [InlineData("unknown", "unknown", true)]
    [InlineData("unknown", "shop", false)]
    [InlineData("un*", "unknown", false)]
    public void Peers_are_names_and_prefixes(string pattern, string peer, bool isAllowed)
    {
        var rule = new PolicyRule(["*"], ["*"], [], []) { Peers = [pattern] };
        Assert.Equal(isAllowed, rule.AllowsPeer(peer));
        Assert.Equal(isAllowed, new Permit([rule]).AllowsPeer(peer));
        Assert.True(new Permit([rule, new(["*"], ["*"], [], [])]).AllowsPeer(peer));
        Assert.True(Permit.Everything.AllowsPeer(peer));
    }

    private static Metadata As(string caller) => new() { { ForwardedCertificate.Header, $"URI={caller}" } };

    private void Write(string policy) => _folder.WriteFile("policy.json", policy);

    private Task<RunningGateway> StartAsync(TestNetwork network, string policy)
    {
        Write(policy);
        return RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Policy:Path"] = _folder.PathOf("policy.json"),
            ["Rke:Identity:ForwardedFrom"] = "127.0.0.1",
            ["Rke:Reload:Interval"] = "00:00:00.020",
        });
    }
}
