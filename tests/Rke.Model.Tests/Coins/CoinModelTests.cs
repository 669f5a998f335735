using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Coins;

/// <summary>
/// Visits every state of small configurations of the reservation of coins. docs/MODEL.md describes the model and its properties.
/// </summary>
public sealed class CoinModelTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, CoinSetup> Setups = new()
    {
        ["two calls, one coin"] = new(),
        ["three calls, one coin"] = new() { Calls = 3 },
        ["two calls, two coins"] = new() { Coins = 2 },
        ["the gateway chooses the key ids"] = new() { KeyIdIsSecret = true, LostReplies = 1 },
        ["the reader does not know the coin"] = new() { CoinIsUnknown = true, LostReplies = 1 },
        ["commands run twice and late"] = new() { LostReplies = 1 },
        ["the server refuses coins"] = new() { ServerRefuses = true },
        ["the server refuses coins, and the call tries the next one"] =
            new() { ServerRefuses = true, Coins = 2, Calls = 1, Attempts = 2 },
        ["a limit for each coin"] = new() { Posts = 1 },
        ["the index of coins"] = new() { HasIndex = true, Coins = 2 },
        ["the index of coins, three calls"] = new() { HasIndex = true, Coins = 2, Calls = 3, Horizon = 0, KeyIdIsSecret = true },
        ["the index of coins, and calls that start without it"] = new() { HasIndex = true, StartsWithoutIndex = true, Coins = 2 },
        ["Redis loses its data"] = new() { Flushes = 1 },
        ["Redis restarts without data"] = new() { RestartsWithoutData = 1 },
        ["Redis restarts with its data"] = new() { RestartsWithData = 1 },
        ["Redis loses its last writes"] = new() { Failovers = 1 },
        ["Redis loses its data, two coins"] = new() { Flushes = 1, Coins = 2, Horizon = 2 },
        ["Redis loses its data twice"] = new() { Flushes = 2, Calls = 1 },
        ["a replica restarts"] = new() { Crashes = 1 },
        ["a replica restarts, and Redis loses its data"] = new() { Crashes = 1, Flushes = 1, Horizon = 2 },
    };

    private static readonly Dictionary<string, CoinSetup> Mutations = new()
    {
        ["an occupied coin is granted"] = new() { Mutation = CoinMutation.IgnoreOccupancy },
        ["a resting coin is granted"] = new() { ServerRefuses = true, Mutation = CoinMutation.IgnoreRest },
        ["the release of a reservation does not compare the ticket"] =
            new() { LostReplies = 1, Mutation = CoinMutation.CompleteIgnoresTicket },
        ["the release of a part does not compare the part"] = new() { LostReplies = 1, Mutation = CoinMutation.FreeIgnoresPart },
        ["a failed call does not withdraw its reservation"] = new() { Mutation = CoinMutation.NoWithdrawal },
        ["a withdrawn reservation is granted when it arrives"] = new() { Mutation = CoinMutation.IgnoreWithdrawal },
        ["the coin of an unreadable part is free at once"] = new() { KeyIdIsSecret = true, Mutation = CoinMutation.OrphanIsFreeAtOnce },
        ["the index does not contain released coins"] =
            new() { HasIndex = true, Coins = 2, Calls = 3, Horizon = 0, Mutation = CoinMutation.ForgetReleased },
        ["the key server executes a repeated datagram again"] = new() { Mutation = CoinMutation.ServerRepeatsPosts },
        ["no grace period after a loss of data"] = new() { Flushes = 1, Mutation = CoinMutation.NoGrace },
        ["no restore after a loss of data"] = new() { Flushes = 1, Mutation = CoinMutation.NoRestore },
        ["one restore after a loss of data"] = new() { Flushes = 1, Mutation = CoinMutation.RestoreOnce },
        ["the first of two restores wins"] = new() { Flushes = 1, Mutation = CoinMutation.FirstRestoreWins },
        ["no restore after a loss of the last writes"] = new() { Failovers = 1, Mutation = CoinMutation.NoRestoreOfRecent },
        ["a reply from before the outage counts"] = new() { Failovers = 1, Mutation = CoinMutation.ReplyOutlivesOutage },
    };

    public static TheoryData<string> Names => [.. Setups.Keys];

    public static TheoryData<string> MutationNames => [.. Mutations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_unread_part_is_overwritten_no_coin_stays_occupied_and_every_call_ends(string name)
    {
        var result = Explorer.Explore(new CoinWorld(Setups[name]));
        output.WriteLine($"{result}");
        Assert.True(result.Violation is null, $"{result}");
    }

    [Theory]
    [MemberData(nameof(MutationNames))]
    public void A_missing_guard_is_found(string name)
    {
        var result = Explorer.Explore(new CoinWorld(Mutations[name]));
        output.WriteLine($"{result}");
        Assert.False(result.Violation is null, $"{result}");
    }
}
