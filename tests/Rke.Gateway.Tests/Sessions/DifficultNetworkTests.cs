using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Rke.Raida.Impairments;
using Rke.Raida.Serving;
using Rke.V1;
using Step = Rke.V1.InitiateSessionStreamResponse.StepOneofCase;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>Sessions with dead servers and lost datagrams.</summary>
public sealed class DifficultNetworkTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task If_servers_do_not_answer_the_parts_are_posted_to_other_servers()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var dead = (IPEndPoint)silent.Client.LocalEndPoint!;
        await using var pair = await SessionPair.StartAsync(initiator: Dead(dead, 0, 1, 2));
        var steps = await InitiateAsync(pair, 0, 1, 2);
        var made = steps[^1].Result;
        Assert.DoesNotContain(made.Parts, part => part.RaidaId < 3);
        var replaced = steps
            .Where(step => step.StepCase == Step.ServerReplaced)
            .Select(step => step.ServerReplaced)
            .ToArray();
        Assert.True(replaced.Length >= 3);
        Assert.All(replaced, replacement => Assert.True(replacement.RaidaId < 3));
        await AssertClaimedAsync(pair, made);
    }

    [Fact]
    public async Task Servers_that_refuse_a_part_are_replaced_at_once()
    {
        int port;
        using (var gone = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)))
        {
            port = ((IPEndPoint)gone.Client.LocalEndPoint!).Port;
        }

        await using var pair = await SessionPair.StartAsync(initiator: Dead(new(IPAddress.Loopback, port), 5));
        var steps = await InitiateAsync(pair, 5);
        var replaced = Assert.Single(steps, step => step.StepCase == Step.ServerReplaced).ServerReplaced;
        Assert.Equal((5u, "RAIDA_UNREACHABLE"), (replaced.RaidaId, replaced.Reason));
        await AssertClaimedAsync(pair, steps[^1].Result);
    }

    [Fact]
    public async Task Without_a_deadline_a_session_gets_the_time_of_several_calls()
    {
        // The posts take longer than their share of the time of one call.
        var slow = new KeyServerOptions { ResponseImpairment = new Impairment { Delay = TimeSpan.FromMilliseconds(1100) } };
        var initiator = new Dictionary<string, string?> { ["Rke:Grpc:DefaultDeadline"] = "00:00:02" };
        await using var pair = await SessionPair.StartAsync(slow, initiator);
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target }, cancellationToken: Cancelled);
        await AssertClaimedAsync(pair, made);
        using var call = pair.InitiatorClient.InitiateSessionStream(
            new() { Session = new() { Endpoint = pair.Target } }, cancellationToken: Cancelled);
        var last = Step.None;
        while (await call.ResponseStream.MoveNext(Cancelled))
        {
            last = call.ResponseStream.Current.StepCase;
        }

        Assert.Equal(Step.Result, last);
    }

    [Fact]
    public async Task Without_a_receiver_there_is_no_session_and_the_coins_are_released()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await using var pair = await SessionPair.StartAsync();
        var target = new Endpoint { Host = "127.0.0.1", Port = (uint)((IPEndPoint)silent.Client.LocalEndPoint!).Port };
        var failed = await Details.OfAsync(pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = target }, deadline: DateTime.UtcNow.AddSeconds(2), cancellationToken: Cancelled));
        Assert.Equal("SESSION_UNCONFIRMED", failed.Reason);

        // The posted parts are collected again, so the servers have no parts.
        Assert.True(pair.History.Posted >= 4);
        await Eventually.IsTrueAsync(() => pair.History.Left == 0);
    }

    [Fact]
    public async Task Sessions_succeed_with_three_dead_servers_and_thirty_percent_loss_each_way()
    {
        const int Sessions = 100;
        const double Loss = 0.3;
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var dead = (IPEndPoint)silent.Client.LocalEndPoint!;
        var lossy = new KeyServerOptions
        {
            RequestImpairment = new Impairment { Drop = Loss },
            ResponseImpairment = new Impairment { Drop = Loss },
            Seed = 20_260,
        };
        var initiator = Dead(dead, 3, 11, 19);
        initiator["Rke:Bridge:MaxRetransmission"] = "00:00:00.500";
        var receiver = new Dictionary<string, string?>(initiator)
        {
            ["Rke:Signal:SourceBurst"] = "100000",
            ["Rke:Signal:CollectTimeout"] = "00:00:08",
        };
        await using var pair = await SessionPair.StartAsync(lossy, initiator, receiver);
        await using var relay = new LossyRelay(pair.Listener, Loss, seed: 4);
        var target = new Endpoint { Host = "127.0.0.1", Port = (uint)relay.EndPoint.Port };
        var times = new List<TimeSpan>();
        var atATime = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancelled };
        await Parallel.ForAsync(0, Sessions, atATime, async (_, token) =>
        {
            var started = Stopwatch.GetTimestamp();
            var made = await pair.InitiatorClient.InitiateSessionAsync(
                new() { Endpoint = target }, deadline: DateTime.UtcNow.AddSeconds(30), cancellationToken: token);
            lock (times)
            {
                times.Add(Stopwatch.GetElapsedTime(started));
            }

            await AssertClaimedAsync(pair, made);
        });

        times.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"p50 {times[times.Count / 2]}, p99 {times[(int)(times.Count * 0.99)]}, longest {times[^1]}");
        Assert.Equal(Sessions, times.Count);
    }

    private static async Task<List<InitiateSessionStreamResponse>> InitiateAsync(
        SessionPair pair, params uint[] preferred)
    {
        using var call = pair.InitiatorClient.InitiateSessionStream(
            new()
            {
                Session = new() { Endpoint = pair.Target, Preferences = new() { PreferRaidaIds = { preferred } } },
            },
            deadline: DateTime.UtcNow.AddSeconds(20),
            cancellationToken: Cancelled);
        var steps = new List<InitiateSessionStreamResponse>();
        while (await call.ResponseStream.MoveNext(Cancelled))
        {
            steps.Add(call.ResponseStream.Current);
        }

        return steps;
    }

    private static async Task AssertClaimedAsync(SessionPair pair, InitiateSessionResponse made)
    {
        var claimed = await pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal(made.Key, claimed.Key);
        Assert.Equal(made.DerivedKey, claimed.DerivedKey);
    }

    private static Dictionary<string, string?> Dead(IPEndPoint place, params int[] raidaIds) =>
        raidaIds.ToDictionary(raidaId => $"Rke:Networks:0:Servers:{raidaId}", _ => (string?)place.ToString());
}
