using System.Net;
using Microsoft.Extensions.Time.Testing;
using Rke.Raida.Impairments;
using Rke.Wire;

namespace Rke.Raida.Tests.Impairments;

public class ImpairmentTests
{
    private static readonly Impairment Everything = new()
    {
        Drop = 0.3,
        Duplicate = 0.2,
        Reorder = 0.1,
        Delay = TimeSpan.FromMilliseconds(10),
        Jitter = TimeSpan.FromMilliseconds(10),
    };

    [Fact]
    public void The_same_seed_gives_the_same_fates()
    {
        Assert.Equal(Fates(Everything, 1), Fates(Everything, 1));
        Assert.NotEqual(Fates(Everything, 1), Fates(Everything, 2));
    }

    [Fact]
    public void One_switch_does_not_shift_another_one()
    {
        var dropped = Fates(Everything with { Duplicate = 0, Reorder = 0.9 }, 1).Select(fate => fate.Dropped);
        Assert.Equal(Fates(Everything, 1).Select(fate => fate.Dropped), dropped);
    }

    [Fact]
    public void Shares_are_what_they_say()
    {
        var fates = Fates(Everything, 3);
        Assert.InRange(fates.Count(fate => fate.Dropped), 2_800, 3_200);
        Assert.InRange(fates.Count(fate => fate.Duplicated), 1_800, 2_200);
        Assert.InRange(fates.Count(fate => fate.Overtaken), 800, 1_200);
        Assert.All(fates, fate => Assert.InRange(fate.Delay.TotalMilliseconds, 10, 20));
        Assert.All(Fates(Impairment.None, 3), fate => Assert.Equal(default, fate));
        Assert.All(Fates(new() { Drop = 1 }, 3), fate => Assert.True(fate.Dropped));
    }

    [Fact]
    public void Datagrams_are_late_by_the_delay()
    {
        var time = new FakeTimeProvider();
        var arrived = new List<byte>();
        using var path = MakePath(new() { Delay = TimeSpan.FromMilliseconds(20) }, time, arrived);
        path.Pass([1], Anyone());
        time.Advance(TimeSpan.FromMilliseconds(15));
        path.Pass([2], Anyone());
        Assert.Empty(arrived);
        time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal([1], arrived);
        time.Advance(TimeSpan.FromMilliseconds(15));
        Assert.Equal([1, 2], arrived);
    }

    [Fact]
    public void A_datagram_is_overtaken_by_the_next_one_or_goes_on_alone()
    {
        var time = new FakeTimeProvider();
        var arrived = new List<byte>();
        using var path = MakePath(new() { Reorder = 1 }, time, arrived);
        path.Pass([1], Anyone());
        path.Pass([2], Anyone());
        path.Pass([3], Anyone());
        Assert.Equal([2, 1], arrived);
        time.Advance(ImpairedPath.LongestHold);
        Assert.Equal([2, 1, 3], arrived);
    }

    [Fact]
    public void Datagrams_arrive_twice_or_never()
    {
        var arrived = new List<byte>();
        using var twice = MakePath(new() { Duplicate = 1 }, new FakeTimeProvider(), arrived);
        twice.Pass([1], Anyone());
        Assert.Equal([1, 1], arrived);
        using var never = MakePath(new() { Drop = 1 }, new FakeTimeProvider(), arrived);
        never.Pass([2], Anyone());
        Assert.Equal([1, 1], arrived);
    }

    [Fact]
    public void Nothing_arrives_after_the_end()
    {
        var time = new FakeTimeProvider();
        var arrived = new List<byte>();
        var path = MakePath(new() { Delay = TimeSpan.FromMilliseconds(20) }, time, arrived);
        path.Pass([1], Anyone());
        path.Dispose();
        path.Pass([2], Anyone());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(arrived);
    }

    [Fact]
    public async Task With_30_percent_lost_each_way_the_same_datagrams_are_answered_in_every_run()
    {
        var runs = new List<List<int>>();
        for (var run = 0; run < 2; run++)
        {
            await using var rig = await Rig.StartAsync(
                new() { Requests = new() { Drop = 0.3 }, Answers = new() { Drop = 0.3, Duplicate = 0.1 }, Seed = 42 });
            var client = rig.Owner();
            for (var number = 0; number < 200; number++)
            {
                rig.Peer.Send(client.Echo().Datagram);
            }

            // What came before the answer to a later request has been answered too.
            var answers = new List<int>();
            using var elsewhere = rig.Connect();
            await elsewhere.RepeatAsync(client.Get(Client.IdOf(1)).Datagram);
            while (rig.Peer.Available > 0)
            {
                var answer = await rig.Peer.ReceiveAsync();
                answers.Add((answer[6] << 8) | answer[7]);
            }

            runs.Add(answers);
        }

        Assert.Equal(runs[0], runs[1]);
        Assert.InRange(runs[0].Distinct().Count(), 70, 126);
        Assert.NotEqual(runs[0].Count, runs[0].Distinct().Count());
    }

    [Fact]
    public async Task A_caller_who_repeats_gets_through_and_no_key_is_lost()
    {
        await using var rig = await Rig.StartAsync(new()
        {
            Requests = new() { Drop = 0.3, Duplicate = 0.2, Reorder = 0.2 },
            Answers = new() { Drop = 0.3, Duplicate = 0.2, Reorder = 0.2 },
            Seed = 7,
        });
        void Release() => rig.Time.Advance(ImpairedPath.LongestHold);
        for (var number = 0; number < 30; number++)
        {
            var id = Client.IdOf(number);
            var post = rig.Owner(1).Post(id, [1, 2, 3, (byte)number]);
            using var sender = rig.Connect();
            Assert.Equal(WireStatus.Success, post.StatusOf(await sender.RepeatAsync(post.Datagram, Release)));
            var get = rig.Owner(2).Get(id);
            using var reader = rig.Connect();
            Assert.Equal([1, 2, 3, (byte)number], get.PartOf(await reader.RepeatAsync(get.Datagram, Release)));
        }
    }

    private static List<Fate> Fates(Impairment impairment, ulong seed)
    {
        var sequence = new FateSequence(impairment, seed);
        return [.. Enumerable.Range(0, 10_000).Select(_ => sequence.Next())];
    }

    private static ImpairedPath MakePath(Impairment impairment, TimeProvider time, List<byte> arrived) =>
        new(impairment, 1, time, (datagram, _) => arrived.Add(datagram[0]));

    private static SocketAddress Anyone() => new IPEndPoint(IPAddress.Loopback, 9).Serialize();
}
