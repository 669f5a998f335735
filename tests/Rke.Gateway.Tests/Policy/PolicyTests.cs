using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Reflection.V1;
using Rke.Gateway.Configuration;
using Rke.Gateway.Identity;
using Rke.Gateway.Policy;
using Rke.Gateway.Tests.EndToEnd;
using Rke.Gateway.Tests.Observability;
using Rke.V1;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Rke.Gateway.Tests.Policy;

public sealed class PolicyTests : IDisposable
{
    private const string Senders = """
        {
          // Who may post what.
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
    public async Task What_no_rule_allows_is_denied()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, Senders);
        var post = new PostKeyRequest { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]) };

        var unknown = await Details.OfAsync(gateway.Client.PostKeyAsync(post, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.Unauthenticated, "UNAUTHENTICATED"), (unknown.Code, unknown.Reason));
        var stranger = await Details.OfAsync(gateway.Client.PostKeyAsync(post, As("spiffe://example.org/other"), cancellationToken: Cancelled));
        Assert.Equal((StatusCode.PermissionDenied, "NOT_PERMITTED"), (stranger.Code, stranger.Reason));

        // Any coin: one of its own is taken. A coin that it may not use: denied.
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
    public async Task Reflection_and_streams_follow_it_and_health_is_everybodys()
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
    public async Task A_new_policy_is_taken_under_load_and_a_bad_one_refused()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, Senders);
        var post = new PostKeyRequest { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]), KeyId = ByteString.CopyFrom(new byte[16]) };
        using var enough = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            // Allowed by every good policy of this test.
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
        Assert.Contains("warning: The policy", await gateway.Http.GetStringAsync("/readyz", Cancelled), StringComparison.Ordinal);
        Assert.Equal("INVALID_FIELD", await CallAsync("spiffe://example.org/shop4"));
        await enough.CancelAsync();
        await load;

        async Task<string> CallAsync(string caller) => (await Details.OfAsync(gateway.Client.PostKeyAsync(
            new() { RaidaId = 99 }, As(caller), cancellationToken: Cancelled))).Reason;
    }

    [Fact]
    public async Task It_does_not_start_with_a_bad_policy()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var told = await Assert.ThrowsAsync<SettingsException>(() => StartAsync(network, "[]"));
        Assert.Contains("The policy", Assert.Single(told.Problems), StringComparison.Ordinal);
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
    [InlineData("""{"rules":[],"rules":[]}""", "rules")]
    public void A_policy_with_a_mistake_is_none(string json, string told)
    {
        Assert.Null(PolicyFile.TryRead(Encoding.UTF8.GetBytes(json), out var problems));
        Assert.Contains(told, string.Join(' ', problems), StringComparison.Ordinal);
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
    public void A_pattern_is_a_name_or_a_beginning(string pattern, string? name, bool isFor)
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
