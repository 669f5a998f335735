using System.Globalization;
using Rke.Gateway.Redis;
using Rke.Model.Tests.Exploration;
using Rke.Model.Tests.Scripts;

namespace Rke.Model.Tests.Coins;

/// <summary>
/// Links the model to the scripts. Explores the model, and runs each script in each state in which the model runs it. The real script
/// must return the same reply and leave the same state as <see cref="CoinScripts"/>.
/// </summary>
public sealed class CoinScriptTests(ScriptLab lab, ITestOutputHelper output) : IClassFixture<ScriptLab>
{
    // A loss of data, refusals, the index, limits, and commands that run twice or late.
    private static readonly CoinSetup[] Setups =
    [
        new() { Coins = 2, Flushes = 1 },
        new() { Coins = 2, Calls = 1, Attempts = 2, ServerRefuses = true },
        new() { ServerRefuses = true, LostReplies = 1, KeyIdIsSecret = true },
        new() { Coins = 2, HasIndex = true, CoinIsUnknown = true, ServerRefuses = true, Horizon = 2 },
        new() { Posts = 1, Lifetime = 1, LostReplies = 1 },
        new() { Posts = 2, HasIndex = true, Coins = 2, Lifetime = 1, KeyIdIsSecret = true },
        new() { HasIndex = true, StartsWithoutIndex = true, Coins = 2, Horizon = 2 },
    ];

    private static readonly Dictionary<CoinScript, RedisScript> Scripts = new Dictionary<CoinScript, RedisScript>
    {
        [CoinScript.Reserve] = new("coin-reserve"),
        [CoinScript.Complete] = new("coin-complete", "coin-record", "coin-released"),
        [CoinScript.Free] = new("coin-free", "coin-record", "coin-released"),
        [CoinScript.Find] = new("coin-find"),
        [CoinScript.Cooldown] = new("coin-cooldown", "coin-record"),
        [CoinScript.Restore] = new("coin-restore", "coin-record"),
        [CoinScript.Withdraw] = new("coin-withdraw", "coin-record", "coin-released"),
        [CoinScript.Refuse] = new("coin-refuse", "coin-record"),
        [CoinScript.Accept] = new("coin-accept", "coin-record", "coin-released"),
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Each_script_does_what_its_model_does_in_each_state_of_the_model(int number)
    {
        var cases = Collect(Setups[number], CoinMutation.None);
        output.WriteLine($"{cases.Count} cases");
        var differences = await lab.FindDifferencesAsync(cases);
        Assert.True(differences.Count == 0, string.Join("\n\n", differences.Take(3)));
    }

    [Fact]
    public async Task A_model_that_differs_from_a_script_is_found() =>
        Assert.NotEmpty(await lab.FindDifferencesAsync(Collect(new() { LostReplies = 1 }, CoinMutation.CompleteIgnoresTicket)));

    private static List<ScriptCase> Collect(CoinSetup setup, CoinMutation mutation)
    {
        var (cases, known, writer, scripts) = (
            new List<ScriptCase>(), new HashSet<UInt128>(), new StateWriter(), new CoinScripts(setup.Times, mutation));
        Explorer.Explore(new CoinWorld(setup, (redis, command, now) =>
        {
            writer.Clear();
            redis.Write(writer);
            command.Write(writer);
            writer.Write(now);
            if (known.Add(writer.Hash()))
            {
                var after = redis.Clone();
                var reply = scripts.Run(after, command, now);
                cases.Add(CaseOf(setup, redis, command, now, reply, after));
            }
        }));
        return cases;
    }

    private static ScriptCase CaseOf(
        CoinSetup setup, CoinRedis before, CoinCommand command, long now, CoinReply reply, CoinRedis after)
    {
        var (keys, values) = ArgumentsOf(command, setup.Times);
        return new(Scripts[command.Script], now, CoinKeys.Of(before), keys, values, TextOf(command, reply), CoinKeys.Of(after));
    }

    // As gateway/Coins/RedisCoinState.cs and RedisHeldCoins.cs pass them.
    private static (string[] Keys, string[] Values) ArgumentsOf(CoinCommand command, CoinTimes times)
    {
        var coin = command.Coins.Length == 0 ? "" : CoinKeys.Coin(command.Coins[0]);
        var uses = command.Coins.Length == 0 ? "" : CoinKeys.Uses(command.Coins[0]);
        var part = CoinKeys.Part(command.Part);
        var ticket = CoinKeys.TicketOf(command.Ticket);
        var digest = CoinKeys.DigestOf(command.Part);
        var candidates = command.Coins.SelectMany(candidate => new[] { CoinKeys.Coin(candidate), CoinKeys.Uses(candidate) });
        var limited = times.Posts > 0 ? candidates : command.Coins.Select(CoinKeys.Coin);
        return command.Script switch
        {
            CoinScript.Reserve => (
                [CoinKeys.Epoch, CoinKeys.Withdrawn(command.Ticket), part, .. IndexOf(command), .. limited],
                [
                    Text(command.Epoch), ticket, Text(times.Lifetime), Text(times.Grace), digest,
                    .. command.Listed > 0 || times.Posts > 0
                        ? new[] { Text(times.Posts), Text(times.Window), Text(command.Listed) }
                        : [],
                ]),
            CoinScript.Complete => (
                [coin, uses, part, CoinKeys.Released], [ticket, command.IsNotSent ? "1" : "0", Text(command.Duration)]),
            CoinScript.Free => ([CoinKeys.Released, coin, part], [digest]),
            CoinScript.Find => ([part], []),
            CoinScript.Cooldown => ([coin], [Text(command.Duration)]),
            CoinScript.Restore => (
                [CoinKeys.Epoch, .. command.Held.SelectMany(held => new[] { CoinKeys.Coin(held.Coin), CoinKeys.Part(held.Part) })],
                [
                    Text(command.Epoch),
                    .. command.Held.SelectMany(held =>
                        new[] { CoinKeys.TicketOf(held.Ticket), CoinKeys.DigestOf(held.Part), Text(held.Left) }),
                ]),
            CoinScript.Withdraw => (
                [CoinKeys.Withdrawn(command.Ticket), part, CoinKeys.Released, .. candidates], [ticket, Text(times.WithdrawnFor / 1000), Text(times.WithdrawnFor)]),
            CoinScript.Refuse => ([coin, CoinKeys.Refused], [Text(times.FirstRest), Text(times.LongestRest)]),
            _ => ([coin, CoinKeys.Refused, CoinKeys.Released], []),
        };
    }

    private static string[] IndexOf(CoinCommand command) =>
        command.Listed > 0 ? [CoinKeys.Released, CoinKeys.List, CoinKeys.Busy] : [];

    private static string TextOf(CoinCommand command, CoinReply reply) => command.Script switch
    {
        CoinScript.Reserve when reply.Numbers is [0, 0, var ends] => Text(ends),
        CoinScript.Reserve => $"[{string.Join(' ', [.. reply.Numbers.Select(Text), .. reply.Coins.Select(CoinKeys.Coin)])}]",
        CoinScript.Restore or CoinScript.Refuse => $"[{string.Join(' ', reply.Numbers.Select(Text))}]",
        CoinScript.Find => reply.Coins is [var coin] ? CoinKeys.Coin(coin) : "nil",
        _ => Text(reply.Numbers[0]),
    };

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
