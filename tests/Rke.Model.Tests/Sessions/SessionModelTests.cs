using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Sessions;

/// <summary>
/// Visits every state of small configurations of the claim of sessions. docs/MODEL.md describes the model and its properties.
/// </summary>
public sealed class SessionModelTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, SessionSetup> Setups = new()
    {
        ["two claims"] = new(),
        ["three claims"] = new() { Claims = 3, Attempts = 1 },
        ["a failover"] = new() { Failovers = 1 },
        ["a failover and back"] = new() { Failovers = 2, Attempts = 1 },
        ["Redis restarts with its data"] = new() { RestartsWithData = 1 },
        ["Redis restarts without data"] = new() { RestartsWithoutData = 1 },
        ["Redis restarts twice"] = new() { RestartsWithData = 1, RestartsWithoutData = 1 },
        ["sessions expire"] = new() { Horizon = 3, Attempts = 1 },
        ["calls at the end of the lifetime"] = new() { Horizon = 1 },
        ["a session is closed"] = new() { Closes = true },
        ["a session is closed, and a failover"] = new() { Closes = true, Failovers = 1, Attempts = 1 },
        ["claims with the same idempotency key, and another claim"] = new() { Claims = 3, LeasedClaims = 2, Attempts = 1 },
        ["repeated claims with the same idempotency key"] = new() { LeasedClaims = 2 },
        ["claims with the same idempotency key, and a failover"] = new() { LeasedClaims = 2, Failovers = 1, Attempts = 1 },
        ["claims with and without an idempotency key, a failover and back"] = new() { LeasedClaims = 1, Failovers = 2, Attempts = 1 },
        ["a claim is acknowledged"] = new() { Claims = 3, LeasedClaims = 3, Acknowledges = true, Attempts = 1 },
        ["a claim is acknowledged, and a failover"] = new() { LeasedClaims = 2, Acknowledges = true, Failovers = 1, Attempts = 1 },
        ["a lease ends"] = new() { LeasedClaims = 2, Horizon = 2, Attempts = 1 },
        ["a leased session is closed"] = new() { LeasedClaims = 2, Closes = true, Attempts = 1 },
        ["two watches, two sessions"] = new() { Sessions = 2, Claims = 0, Watches = 2, Attempts = 1, Reconnects = 1 },
        ["two watches, a claim"] = new() { Claims = 1, Watches = 2, Attempts = 1, Reconnects = 1 },
        ["two watches, a failover"] = new() { Claims = 0, Watches = 2, Attempts = 1, Reconnects = 1, Failovers = 1 },
    };

    private static readonly Dictionary<string, SessionSetup> Mutations = new()
    {
        ["a claim does not end the session"] = new() { Mutation = SessionMutation.ClaimLeavesSession },
        ["a claim does not compare the ticket"] = new() { Mutation = SessionMutation.ClaimIgnoresTicket },
        ["a claim does not compare the ticket of a leased claim"] =
            new() { LeasedClaims = 1, Attempts = 1, Mutation = SessionMutation.ClaimIgnoresTicket },
        ["an acknowledgement does not end the lease"] =
            new() { LeasedClaims = 2, Acknowledges = true, Attempts = 1, Mutation = SessionMutation.AcknowledgeLeavesKey },
        ["a repeated add stores the session again"] = new() { Mutation = SessionMutation.AddAgain },
        ["a repeated add stores the session in another epoch"] = new() { Failovers = 1, Mutation = SessionMutation.AddInAnyEpoch },
        ["sessions of an earlier epoch can be claimed"] = new() { Failovers = 1, Attempts = 1, Mutation = SessionMutation.ContinueEpoch },
        ["the epoch depends on the process only"] =
            new() { Failovers = 2, Attempts = 1, Mutation = SessionMutation.IgnoreReplicationId },
        ["deliveries are not recorded"] = new() { Claims = 0, Watches = 2, Reconnects = 1, Mutation = SessionMutation.ForgetDeliveries },
    };

    public static TheoryData<string> Names => [.. Setups.Keys];

    public static TheoryData<string> MutationNames => [.. Mutations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_key_is_handed_out_to_two_callers_redeliveries_are_flagged_and_every_call_ends(string name)
    {
        var result = Explorer.Explore(new SessionWorld(Setups[name]));
        output.WriteLine($"{result}");
        Assert.True(result.Violation is null, $"{result}");
    }

    [Theory]
    [MemberData(nameof(MutationNames))]
    public void A_missing_guard_is_found(string name)
    {
        var result = Explorer.Explore(new SessionWorld(Mutations[name]));
        output.WriteLine($"{result}");
        Assert.False(result.Violation is null, $"{result}");
    }
}
