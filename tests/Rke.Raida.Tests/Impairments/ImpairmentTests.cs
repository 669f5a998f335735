using System.Net;
using Microsoft.Extensions.Time.Testing;
using Rke.Raida.Impairments;
using Rke.Wire;

namespace Rke.Raida.Tests.Impairments;

public class ImpairmentTests
{
    private static readonly Impairment AllFaults = new()
    {
        Drop = 0.3,
        Duplicate = 0.2,
        Reorder = 0.1,
        Delay = TimeSpan.FromMilliseconds(10),
        Jitter = TimeSpan.FromMilliseconds(10),
    };

    [Fact]
    public void The_same_seed_gives_the_same_faults()
    {
        Assert.Equal(FaultsOf(AllFaults, 1), FaultsOf(AllFaults, 1));
        Assert.NotEqual(FaultsOf(AllFaults, 1), FaultsOf(AllFaults, 2));
    }

    [Fact]
    public void A_change_of_one_share_does_not_change_the_other_faults()
    {
        var dropped = FaultsOf(AllFaults with { Duplicate = 0, Reorder = 0.9 }, 1).Select(faults => faults.IsDropped);
        Assert.Equal(FaultsOf(AllFaults, 1).Select(faults => faults.IsDropped), dropped);
    }

    [Fact]
    public void Faults_occur_with_the_configured_shares()
    {
        var sequence = FaultsOf(AllFaults, 3);
        Assert.InRange(sequence.Count(faults => faults.IsDropped), 2_800, 3_200);
        Assert.InRange(sequence.Count(faults => faults.IsDuplicated), 1_800, 2_200);
        Assert.InRange(sequence.Count(faults => faults.IsReordered), 800, 1_200);
        Assert.All(sequence, faults => Assert.InRange(faults.Delay.TotalMilliseconds, 10, 20));
        Assert.All(FaultsOf(Impairment.None, 3), faults => Assert.Equal(default, faults));
        Assert.All(FaultsOf(new() { Drop = 1 }, 3), faults => Assert.True(faults.IsDropped));
    }

    [Fact]
    public void Datagrams_arrive_after_the_delay()
    {
        var time = new FakeTimeProvider();
        var arrived = new List<byte>();
        using var path = CreatePath(new() { Delay = TimeSpan.FromMilliseconds(20) }, time, arrived);
        path.Send([1], AnyAddress());
        time.Advance(TimeSpan.FromMilliseconds(15));
        path.Send([2], AnyAddress());
        Assert.Empty(arrived);
        time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal([1], arrived);
        time.Advance(TimeSpan.FromMilliseconds(15));
        Assert.Equal([1, 2], arrived);
    }

    [Fact]
    public void A_reordered_datagram_arrives_after_the_next_one_or_after_the_maximum_hold()
    {
        var time = new FakeTimeProvider();
        var arrived = new List<byte>();
        using var path = CreatePath(new() { Reorder = 1 }, time, arrived);
        path.Send([1], AnyAddress());
        path.Send([2], AnyAddress());
        path.Send([3], AnyAddress());
        Assert.Equal([2, 1], arrived);
        time.Advance(ImpairedPath.MaxHold);
        Assert.Equal([2, 1, 3], arrived);
    }

    [Fact]
    public void Datagrams_are_duplicated_or_dropped()
    {
        var arrived = new List<byte>();
        using var duplicating = CreatePath(new() { Duplicate = 1 }, new FakeTimeProvider(), arrived);
        duplicating.Send([1], AnyAddress());
        Assert.Equal([1, 1], arrived);
        using var dropping = CreatePath(new() { Drop = 1 }, new FakeTimeProvider(), arrived);
        dropping.Send([2], AnyAddress());
        Assert.Equal([1, 1], arrived);
    }

    [Fact]
    public void Nothing_arrives_after_Dispose()
    {
        var time = new FakeTimeProvider();
        var arrived = new List<byte>();
        var path = CreatePath(new() { Delay = TimeSpan.FromMilliseconds(20) }, time, arrived);
        path.Send([1], AnyAddress());
        path.Dispose();
        path.Send([2], AnyAddress());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(arrived);
    }

    [Fact]
    public async Task With_30_percent_loss_in_each_direction_every_run_gets_the_same_responses()
    {
        var runs = new List<List<int>>();
        for (var run = 0; run < 2; run++)
        {
            await using var server = await RunningServer.StartAsync(new()
            {
                RequestImpairment = new() { Drop = 0.3 },
                ResponseImpairment = new() { Drop = 0.3, Duplicate = 0.1 },
                Seed = 42,
            });
            var client = server.Client();
            for (var number = 0; number < 200; number++)
            {
                server.Peer.Send(client.Echo().Datagram);
            }

            // The response to a later request shows that the server has handled all earlier ones.
            var responses = new List<int>();
            using var otherPeer = server.Connect();
            await otherPeer.RepeatAsync(client.Get(TestClient.IdOf(1)).Datagram);
            while (server.Peer.Available > 0)
            {
                var response = await server.Peer.ReceiveAsync();
                responses.Add((response[6] << 8) | response[7]);
            }

            runs.Add(responses);
        }

        Assert.Equal(runs[0], runs[1]);
        Assert.InRange(runs[0].Distinct().Count(), 70, 126);
        Assert.NotEqual(runs[0].Count, runs[0].Distinct().Count());
    }

    [Fact]
    public async Task With_retransmission_no_key_is_lost()
    {
        await using var server = await RunningServer.StartAsync(new()
        {
            RequestImpairment = new() { Drop = 0.3, Duplicate = 0.2, Reorder = 0.2 },
            ResponseImpairment = new() { Drop = 0.3, Duplicate = 0.2, Reorder = 0.2 },
            Seed = 7,
        });
        void Release() => server.Time.Advance(ImpairedPath.MaxHold);
        for (var number = 0; number < 30; number++)
        {
            var id = TestClient.IdOf(number);
            var post = server.Client(1).Post(id, [1, 2, 3, (byte)number]);
            using var sender = server.Connect();
            Assert.Equal(WireStatus.Success, post.StatusOf(await sender.RepeatAsync(post.Datagram, Release)));
            var get = server.Client(2).Get(id);
            using var reader = server.Connect();
            Assert.Equal([1, 2, 3, (byte)number], get.PartOf(await reader.RepeatAsync(get.Datagram, Release)));
        }
    }

    private static List<DatagramImpairment> FaultsOf(Impairment impairment, ulong seed)
    {
        var sequence = new ImpairmentSequence(impairment, seed);
        return [.. Enumerable.Range(0, 10_000).Select(_ => sequence.Next())];
    }

    private static ImpairedPath CreatePath(Impairment impairment, TimeProvider time, List<byte> arrived) =>
        new(impairment, 1, time, (datagram, _) => arrived.Add(datagram[0]));

    private static SocketAddress AnyAddress() => new IPEndPoint(IPAddress.Loopback, 9).Serialize();
}
