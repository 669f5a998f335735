using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Identity;
using Rke.Raida.Keys;
using Rke.V1;

namespace Rke.Gateway.Tests.Idempotency;

public sealed class IdempotencyTests : IDisposable
{
    private const string Shop = "spiffe://example.org/shop";
    private const string Other = "spiffe://example.org/other";

    private readonly TlsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_same_key_and_request_posts_once_even_concurrently()
    {
        var posts = 0;
        await using var network = await TestNetwork.StartAsync(coins: 8, new()
        {
            History = happened => posts += happened.Kind == KeyEventKind.Post ? 1 : 0,
            ResponseImpairment = new() { Delay = TimeSpan.FromMilliseconds(50) },
        });
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.Client.PostKeyAsync(Post("k")).ResponseAsync));
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Equal(answers[0], await gateway.Client.PostKeyAsync(Post("k")));
        Assert.Equal(1, posts);
        Assert.NotEqual(answers[0], await gateway.Client.PostKeyAsync(Post("l")));
    }

    [Fact]
    public async Task Another_request_with_the_same_key_is_refused()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        await gateway.Client.PostKeyAsync(Post("k"));
        var other = Post("k");
        other.KeyPart = ByteString.CopyFrom(9, 9, 9, 9);
        var details = await Details.OfAsync(gateway.Client.PostKeyAsync(other));
        Assert.Equal((StatusCode.AlreadyExists, "IDEMPOTENCY_MISMATCH"), (details.Code, details.Reason));
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var request = Post("k");
        request.Coin = new() { SerialNumber = 77 };
        Assert.Equal("COIN_UNKNOWN", (await Details.OfAsync(gateway.Client.PostKeyAsync(request))).Reason);
        Assert.Equal("COIN_UNKNOWN", (await Details.OfAsync(gateway.Client.PostKeyAsync(request))).Reason);
        await gateway.Client.PostKeyAsync(Post("k"));
    }

    [Fact]
    public async Task Each_caller_has_its_own_keys_and_anonymous_callers_share_theirs()
    {
        var posts = 0;
        await using var network = await TestNetwork.StartAsync(coins: 8, new()
        {
            History = happened => posts += happened.Kind == KeyEventKind.Post ? 1 : 0,
        });
        await using var gateway = await StartWithPolicyAsync(network, Allow(""));
        var first = await PostAsync(gateway, Shop);
        Assert.Equal(first, await PostAsync(gateway, Shop));
        Assert.NotEqual(first, await PostAsync(gateway, Other));
        var anonymous = await PostAsync(gateway, null);
        Assert.NotEqual(first, anonymous);
        Assert.Equal(anonymous, await PostAsync(gateway, null));
        Assert.Equal(3, posts);

        var different = Post("k");
        different.KeyPart = ByteString.CopyFrom(9, 9, 9, 9);
        await gateway.Client.PostKeyAsync(different, As("spiffe://example.org/third"));
    }

    [Fact]
    public async Task A_stored_response_is_not_returned_if_the_policy_no_longer_allows_its_coin()
    {
        await using var network = await TestNetwork.StartAsync(coins: 8);
        await using var gateway = await StartWithPolicyAsync(network, Allow("1001"));
        var posted = await PostAsync(gateway, Shop);
        Assert.Equal(1001u, posted.Coin.SerialNumber);

        WritePolicy(Allow("1002"));
        await Eventually.IsTrueAsync(async () => !await IsAnsweredAsync(gateway));
        var details = await Details.OfAsync(gateway.Client.PostKeyAsync(Post("k"), As(Shop)));
        Assert.Equal((StatusCode.PermissionDenied, "NOT_PERMITTED"), (details.Code, details.Reason));
        Assert.Contains("coin 0/1001", details.Message, StringComparison.Ordinal);

        // The response stays stored for the time when the policy allows the coin again.
        WritePolicy(Allow("1001-1002"));
        await Eventually.IsTrueAsync(() => IsAnsweredAsync(gateway));
        Assert.Equal(posted, await PostAsync(gateway, Shop));
    }

    private static string Allow(string coins) =>
        $$"""
        { "rules": [ { "callers": ["*", "anonymous"], "methods": ["*"], "coins": [{{(coins.Length > 0 ? $"\"{coins}\"" : "")}}] } ] }
        """;

    private static Metadata As(string? caller) => caller is null ? [] : new() { { ForwardedCertificate.Header, $"URI={caller}" } };

    private static async Task<PostKeyResponse> PostAsync(RunningGateway gateway, string? caller) =>
        await gateway.Client.PostKeyAsync(Post("k"), As(caller));

    private static async Task<bool> IsAnsweredAsync(RunningGateway gateway)
    {
        try
        {
            await PostAsync(gateway, Shop);
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private void WritePolicy(string policy) => _folder.WriteFile("policy.json", policy);

    private Task<RunningGateway> StartWithPolicyAsync(TestNetwork network, string policy)
    {
        WritePolicy(policy);
        return RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings(), StringComparer.Ordinal)
        {
            ["Rke:Policy:Path"] = _folder.PathOf("policy.json"),
            ["Rke:Identity:ForwardedFrom"] = "127.0.0.1",
            ["Rke:Reload:Interval"] = "00:00:00.020",
        });
    }

    private static PostKeyRequest Post(string key) => new()
    {
        RaidaId = 3,
        KeyPart = ByteString.CopyFrom(1, 2, 3, 4),
        IdempotencyKey = key,
    };
}
