using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Store;
using Rke.Raida.Impairments;
using Rke.Raida.Serving;
using Rke.V1;
using Step = Rke.V1.InitiateSessionStreamResponse.StepOneofCase;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>
/// For any split of any allowed key, and for any subset of lost parts: both sides have the same bytes, or both fail.
/// </summary>
public sealed class SessionProperties
{
    // The receiver does not know these servers, so parts on them are lost.
    private const int FirstLost = 9;

    // Long timeouts, so that a busy machine does not change the result.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task Both_sides_have_the_same_bytes_or_both_fail() => HoldsForAllAsync(tests: 60);

    [Fact]
    public async Task Both_sides_have_the_same_bytes_or_both_fail_also_with_slow_servers()
    {
        var slow = new KeyServerOptions { ResponseImpairment = new Impairment { Jitter = TimeSpan.FromMilliseconds(30) }, Seed = 7 };
        var impatient = new Dictionary<string, string?>
        {
            ["Rke:Bridge:InitialRetransmission"] = "00:00:00.003",
            ["Rke:Bridge:MinRetransmission"] = "00:00:00.001",
            ["Rke:Bridge:MaxRetransmission"] = "00:00:00.005",
        };
        Assert.True(await HoldsForAllAsync(tests: 20, slow, impatient) > 0, "no server was given company");
    }

    /// <summary>How many servers were replaced.</summary>
    private static async Task<int> HoldsForAllAsync(
        int tests, KeyServerOptions? options = null, Dictionary<string, string?>? initiator = null)
    {
        var unknown = Enumerable.Range(FirstLost, 25 - FirstLost)
            .ToDictionary(raidaId => $"Rke:Networks:0:Servers:{raidaId}", _ => (string?)"192.0.2.1:9");
        unknown["Rke:Signal:SourceBurst"] = "100000";
        unknown["Rke:Signal:CollectTimeout"] = "00:00:20";
        await using var pair = await SessionPair.StartAsync(options, initiator, unknown);

        var cases =
            from count in Gen.Choose(1, 16)
            from lengths in Gen.Elements(SessionKey.PartLengths.ToArray()).ArrayOf(count)
            where lengths.Sum() >= SessionKey.MinLength
            from lots in Gen.Choose(0, int.MaxValue).ArrayOf(25)
            select (Lengths: lengths, Servers: Enumerable.Range(0, 25).OrderBy(id => lots[id]).Take(count).ToArray());

        var replaced = 0;
        Prop.ForAll(cases.ToArbitrary(), one =>
            {
                replaced += HoldAsync(pair, one.Lengths, one.Servers).GetAwaiter().GetResult();
            })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(tests));
        return replaced;
    }

    private static async Task<int> HoldAsync(SessionPair pair, int[] lengths, int[] servers)
    {
        var replaced = 0;
        var request = new InitiateSessionRequest
        {
            Endpoint = pair.Target,
            PartLengths = { lengths.Select(length => (uint)length) },
            Preferences = new() { OnlyRaidaIds = { servers.Select(server => (uint)server) } },
        };
        try
        {
            using var call = pair.InitiatorClient.InitiateSessionStream(
                new() { Session = request }, deadline: DateTime.UtcNow + Deadline, cancellationToken: Cancelled);
            InitiateSessionResponse? made = null;
            while (await call.ResponseStream.MoveNext(Cancelled))
            {
                replaced += call.ResponseStream.Current.StepCase == Step.ServerReplaced ? 1 : 0;
                made = call.ResponseStream.Current.Result;
            }

            Assert.NotNull(made);
            var claimed = await pair.ReceiverClient.ClaimSessionAsync(
                new() { SessionId = made.SessionId }, deadline: DateTime.UtcNow + Deadline, cancellationToken: Cancelled);
            Assert.Equal(made.Key, claimed.Key);
            Assert.Equal(made.DerivedKey, claimed.DerivedKey);
            Assert.True(made.Key.Length >= SessionKey.MinLength);
            Assert.Equal(made.Key.Length, made.Parts.Where(part => part.Used).Sum(part => (int)part.Length));
            Assert.All(made.Parts, part => Assert.Equal(part.RaidaId < FirstLost, part.Used));

            // There are as many servers as parts. Each has one, unless a part of a slow server was also posted to another.
            if (replaced == 0)
            {
                Assert.Equal(lengths.Length, made.Parts.Select(part => part.RaidaId).Distinct().Count());
            }
        }
        catch (RpcException exception)
        {
            Assert.Equal("SESSION_FAILED", new Details(exception).Reason);
        }

        Assert.Equal(0, pair.Receiver.Services.GetRequiredService<ISessionStore>().Waiting);
        return replaced;
    }
}
