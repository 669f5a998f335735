using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.Tests.EndToEnd;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>
/// Any partition of any allowed key, any subset of lost parts: both sides hold the same bytes, or both failed.
/// </summary>
public sealed class SessionProperties
{
    // The receiver does not know these servers: what the initiator leaves there is lost.
    private const int FirstLost = 9;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_sides_hold_the_same_bytes_or_both_know_that_they_failed()
    {
        var unknown = Enumerable.Range(FirstLost, 25 - FirstLost)
            .ToDictionary(raidaId => $"Rke:Networks:0:Servers:{raidaId}", _ => (string?)"192.0.2.1:9");
        unknown["Rke:Signal:SourceBurst"] = "100000";
        await using var pair = await SessionPair.StartAsync(receiver: unknown);

        var cases =
            from count in Gen.Choose(1, 16)
            from lengths in Gen.Elements(SessionKey.PartLengths.ToArray()).ArrayOf(count)
            where lengths.Sum() >= SessionKey.LeastLength
            from lots in Gen.Choose(0, int.MaxValue).ArrayOf(25)
            select (Lengths: lengths, Servers: Enumerable.Range(0, 25).OrderBy(id => lots[id]).Take(count).ToArray());

        Prop.ForAll(cases.ToArbitrary(), one => HoldsAsync(pair, one.Lengths, one.Servers).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private static async Task<bool> HoldsAsync(SessionPair pair, int[] lengths, int[] servers)
    {
        var store = pair.Receiver.Services.GetRequiredService<ISessionStore>();
        var request = new InitiateSessionRequest
        {
            Endpoint = pair.Target,
            PartLengths = { lengths.Select(length => (uint)length) },
            Preferences = new() { OnlyRaidaIds = { servers.Select(server => (uint)server) } },
        };
        try
        {
            var made = await pair.InitiatorClient.InitiateSessionAsync(request, cancellationToken: Cancelled);
            var claimed = await pair.ReceiverClient.ClaimSessionAsync(
                new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
            return made.Key == claimed.Key
                && made.DerivedKey == claimed.DerivedKey
                && made.Key.Length >= SessionKey.LeastLength
                && made.Key.Length == made.Parts.Where(part => part.Used).Sum(part => part.Length)
                && made.Parts.All(part => part.Used == (part.RaidaId < FirstLost))
                && made.Parts.Select(part => part.RaidaId).Distinct().Count() == lengths.Length
                && store.Waiting == 0;
        }
        catch (RpcException exception)
        {
            var details = new Details(exception);
            Assert.Equal("SESSION_FAILED", details.Reason);
            return store.Waiting == 0;
        }
    }
}
