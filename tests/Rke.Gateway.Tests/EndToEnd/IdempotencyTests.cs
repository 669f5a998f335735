using Google.Protobuf;
using Grpc.Core;
using Rke.Raida.Keys;
using Rke.V1;

namespace Rke.Gateway.Tests.EndToEnd;

public sealed class IdempotencyTests
{
    [Fact]
    public async Task The_same_key_and_request_posts_once_also_at_the_same_time()
    {
        var posts = 0;
        await using var network = await TestNetwork.StartAsync(coins: 8, new()
        {
            History = happened => posts += happened.Kind == KeyEventKind.Post ? 1 : 0,
            Answers = new() { Delay = TimeSpan.FromMilliseconds(50) },
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

    private static PostKeyRequest Post(string key) => new()
    {
        RaidaId = 3,
        KeyPart = ByteString.CopyFrom(1, 2, 3, 4),
        IdempotencyKey = key,
    };
}
