using Rke.Raida.Keys;
using Rke.Wire;

namespace Rke.Raida.Tests.Keys;

/// <summary>Tests of status 7: exactly N posts in any window.</summary>
public class PostLimitTests
{
    private static readonly byte[] Part = new byte[4];

    [Fact]
    public async Task A_limit_of_three_allows_three_posts_in_every_window()
    {
        await using var server = await RunningServer.StartAsync(new() { PostLimit = 3, PostWindow = TimeSpan.FromSeconds(60) });
        var client = server.Client();
        var statuses = new List<WireStatus>();
        var start = server.Time.GetUtcNow();
        foreach (var second in new[] { 0, 10, 20, 30, 59, 60, 61, 70, 79, 80 })
        {
            server.Time.Advance(start.AddSeconds(second) - server.Time.GetUtcNow());
            statuses.Add(await server.StatusAsync(client.Post(TestClient.IdOf(second), Part)));
        }

        const WireStatus Allowed = WireStatus.Success;
        const WireStatus Rejected = WireStatus.CoinOverused;
        Assert.Equal([Allowed, Allowed, Allowed, Rejected, Rejected, Allowed, Rejected, Allowed, Rejected, Allowed], statuses);
    }

    [Fact]
    public async Task Each_coin_has_its_own_count_without_rejected_posts()
    {
        await using var server = await RunningServer.StartAsync(new() { PostLimit = 1, MaxKeys = 1 });
        var (first, second) = (server.Client(1), server.Client(2));
        Assert.Equal(WireStatus.Success, await server.StatusAsync(first.Post(TestClient.IdOf(1), Part)));
        Assert.Equal(WireStatus.CoinOverused, await server.StatusAsync(first.Post(TestClient.IdOf(2), Part)));
        Assert.Equal(WireStatus.Offline, await server.StatusAsync(second.Post(TestClient.IdOf(3), Part)));
        await server.PartAsync(second.Get(TestClient.IdOf(1)));
        Assert.Equal(WireStatus.Success, await server.StatusAsync(second.Post(TestClient.IdOf(4), Part)));
    }

    [Fact]
    public async Task A_repeated_post_is_counted_once()
    {
        await using var server = await RunningServer.StartAsync(new() { PostLimit = 2 });
        var client = server.Client();
        var post = client.Post(TestClient.IdOf(1), Part);
        for (var time = 0; time < 5; time++)
        {
            Assert.Equal(WireStatus.Success, await server.StatusAsync(post));
        }

        Assert.Equal(WireStatus.Success, await server.StatusAsync(client.Post(TestClient.IdOf(2), Part)));
        Assert.Equal(WireStatus.CoinOverused, await server.StatusAsync(client.Post(TestClient.IdOf(3), Part)));
    }

    [Fact]
    public async Task The_raidax_profile_returns_status_160()
    {
        await using var server = await RunningServer.StartAsync(new() { Profile = WireProfile.Raidax, PostLimit = 1 });
        var client = server.Client();
        Assert.Equal(WireStatus.Success, await server.StatusAsync(client.Post(TestClient.IdOf(1), Part)));
        Assert.Equal(WireStatus.RequestRate, await server.StatusAsync(client.Post(TestClient.IdOf(2), Part)));
    }

    [Fact]
    public void No_window_contains_more_posts_than_the_limit()
    {
        const int Limit = 5;
        const long Window = 100;
        var limit = new PostLimit(Limit, Window);
        var coin = new CoinId(1, 3);
        var random = new Random(20260101);
        var accepted = new List<long>();
        for (long now = 0; now < 5_000; now += random.Next(0, 9))
        {
            var recent = accepted.Count(time => now - time < Window);
            Assert.Equal(recent < Limit, limit.Allows(now, coin));
            if (recent < Limit)
            {
                limit.Count(now, coin);
                accepted.Add(now);
            }
        }
    }
}
