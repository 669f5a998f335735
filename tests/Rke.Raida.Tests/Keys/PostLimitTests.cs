using Rke.Raida.Keys;
using Rke.Wire;

namespace Rke.Raida.Tests.Keys;

/// <summary>Status 7: N posts in any window, exactly.</summary>
public class PostLimitTests
{
    private static readonly byte[] Part = new byte[4];

    [Fact]
    public async Task A_limit_of_three_admits_three_in_every_window()
    {
        await using var rig = await Rig.StartAsync(new() { PostLimit = 3, PostWindow = TimeSpan.FromSeconds(60) });
        var client = rig.Owner();
        var asked = new List<WireStatus>();
        var start = rig.Time.GetUtcNow();
        foreach (var second in new[] { 0, 10, 20, 30, 59, 60, 61, 70, 79, 80 })
        {
            rig.Time.Advance(start.AddSeconds(second) - rig.Time.GetUtcNow());
            asked.Add(await rig.StatusAsync(client.Post(Client.IdOf(second), Part)));
        }

        const WireStatus Yes = WireStatus.Success;
        const WireStatus No = WireStatus.CoinOverused;
        Assert.Equal([Yes, Yes, Yes, No, No, Yes, No, Yes, No, Yes], asked);
    }

    [Fact]
    public async Task Coins_are_counted_apart_and_refused_posts_not_at_all()
    {
        await using var rig = await Rig.StartAsync(new() { PostLimit = 1, MaxKeys = 1 });
        var (first, second) = (rig.Owner(1), rig.Owner(2));
        Assert.Equal(WireStatus.Success, await rig.StatusAsync(first.Post(Client.IdOf(1), Part)));
        Assert.Equal(WireStatus.CoinOverused, await rig.StatusAsync(first.Post(Client.IdOf(2), Part)));
        Assert.Equal(WireStatus.Offline, await rig.StatusAsync(second.Post(Client.IdOf(3), Part)));
        await rig.PartAsync(second.Get(Client.IdOf(1)));
        Assert.Equal(WireStatus.Success, await rig.StatusAsync(second.Post(Client.IdOf(4), Part)));
    }

    [Fact]
    public async Task A_repeated_post_is_counted_once()
    {
        await using var rig = await Rig.StartAsync(new() { PostLimit = 2 });
        var client = rig.Owner();
        var post = client.Post(Client.IdOf(1), Part);
        for (var time = 0; time < 5; time++)
        {
            Assert.Equal(WireStatus.Success, await rig.StatusAsync(post));
        }

        Assert.Equal(WireStatus.Success, await rig.StatusAsync(client.Post(Client.IdOf(2), Part)));
        Assert.Equal(WireStatus.CoinOverused, await rig.StatusAsync(client.Post(Client.IdOf(3), Part)));
    }

    [Fact]
    public async Task The_raidax_profile_answers_160()
    {
        await using var rig = await Rig.StartAsync(new() { Profile = WireProfile.Raidax, PostLimit = 1 });
        var client = rig.Owner();
        Assert.Equal(WireStatus.Success, await rig.StatusAsync(client.Post(Client.IdOf(1), Part)));
        Assert.Equal(WireStatus.RequestRate, await rig.StatusAsync(client.Post(Client.IdOf(2), Part)));
    }

    [Fact]
    public void No_window_at_all_ever_holds_more_than_the_limit()
    {
        const int Limit = 5;
        const long Window = 100;
        var limit = new PostLimit(Limit, Window);
        var random = new Random(20260101);
        var admitted = new List<long>();
        for (long now = 0; now < 5_000; now += random.Next(0, 9))
        {
            var recent = admitted.Count(time => now - time < Window);
            Assert.Equal(recent < Limit, limit.Admits(now, 3));
            if (recent < Limit)
            {
                limit.Count(now, 3);
                admitted.Add(now);
            }
        }
    }
}
