using System.Globalization;
using Rke.Gateway.Redis;
using Rke.Model.Tests.Exploration;
using Rke.Model.Tests.Scripts;

namespace Rke.Model.Tests.Sessions;

/// <summary>
/// Links the model to the scripts. Explores the model, and runs each script in each state in which the model runs it. The real script
/// must return the same reply and leave the same state as <see cref="SessionScripts"/>.
/// </summary>
public sealed class SessionScriptTests(ScriptLab lab, ITestOutputHelper output) : IClassFixture<ScriptLab>
{
    private static readonly SessionSetup[] Setups =
    [
        new() { Failovers = 2, Claims = 1 },
        new() { Closes = true, Horizon = 3, RestartsWithoutData = 1, RestartsWithData = 1, Attempts = 1, Claims = 1 },
        new() { Sessions = 2, Claims = 0, Watches = 1, Horizon = 3, Attempts = 1, Capacity = 1 },
        new() { Sessions = 2, Claims = 0, Watches = 1, Failovers = 1, Reconnects = 1, Attempts = 1 },
        new() { Sessions = 2, Claims = 1, Watches = 1, RestartsWithData = 1, Attempts = 1 },
        new() { Claims = 2, LeasedClaims = 2, Acknowledges = true, Closes = true, Horizon = 2, Attempts = 1 },
        new() { Claims = 2, LeasedClaims = 1, Acknowledges = true, Failovers = 1, Attempts = 1 },
    ];

    private static readonly Dictionary<SessionScript, RedisScript> Scripts = Enum.GetValues<SessionScript>().ToDictionary(
        script => script,
        script => new RedisScript($"session-{script.ToString().ToLowerInvariant()}", prologue: "session-begin"));

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
        var cases = Collect(Setups[number], new(SessionMutation.None));
        output.WriteLine($"{cases.Count} cases");
        var differences = await lab.FindDifferencesAsync(cases);
        Assert.True(differences.Count == 0, string.Join("\n\n", differences.Take(3)));
    }

    [Fact]
    public async Task A_model_that_differs_from_a_script_is_found() =>
        Assert.NotEmpty(await lab.FindDifferencesAsync(Collect(new(), new(SessionMutation.ClaimIgnoresTicket))));

    private static List<ScriptCase> Collect(SessionSetup setup, SessionScripts scripts)
    {
        var (cases, known, writer) = (new List<ScriptCase>(), new HashSet<UInt128>(), new StateWriter());
        Explorer.Explore(new SessionWorld(setup, (redis, command, process, now) =>
        {
            Add(redis, command, process, now);
            foreach (var count in (int[])[1, SessionScripts.PageLength])
            {
                Add(redis, new(SessionScript.List) { Number = count }, process, now);
            }

            Add(redis, new(SessionScript.Peers), process, now);
        }));
        return cases;

        void Add(SessionRedis redis, SessionCommand command, RedisProcess process, long now)
        {
            writer.Clear();
            redis.Write(writer);
            command.Write(writer);
            process.Write(writer);
            writer.Write(now);
            if (known.Add(writer.Hash()))
            {
                var after = redis.Clone();
                var reply = scripts.Run(after, command, process, setup.Capacity, SessionSetup.Lifetime, now);
                cases.Add(new(
                    Scripts[command.Script],
                    now,
                    SessionKeys.Of(redis),
                    [SessionKeys.Numbers],
                    ArgumentsOf(command, setup),
                    TextOf(command, reply, after, process),
                    SessionKeys.Of(after))
                {
                    RunId = SessionKeys.RunIdOf(process),
                    ReplicationId = SessionKeys.ReplicationIdOf(process),
                });
            }
        }
    }

    // As gateway/Sessions/Store/RedisSessionStore.cs and RedisDeliveries.cs pass them.
    private static string[] ArgumentsOf(in SessionCommand command, SessionSetup setup)
    {
        var id = SessionKeys.IdOf(command.Session);
        return command.Script switch
        {
            SessionScript.Room => [],
            SessionScript.Add =>
            [
                id, SessionKeys.DataOf(command.Session), SessionKeys.SealedKeyOf(command.Session), Text(SessionSetup.Lifetime),
                Text(setup.Capacity), SessionKeys.EpochOf(command.Epoch), SessionKeys.Peer,
            ],
            SessionScript.Claim => [id, SessionKeys.TicketOf(command.Number), Text(command.Lease)],
            SessionScript.Acknowledge => [id, SessionKeys.TicketOf(command.Number)],
            SessionScript.List => ["0", Text(command.Number), SessionKeys.Peer],
            SessionScript.Peers => [],
            SessionScript.Read => [SessionKeys.EpochOf(command.Epoch), Text(command.Number), Text(SessionScripts.PageLength)],
            SessionScript.Deliver =>
                [Text(3 * SessionSetup.Lifetime), SessionKeys.ConsumerOf(command.Consumer), Text(command.Number)],
            _ => [id],
        };
    }

    private static string TextOf(in SessionCommand command, SessionReply reply, SessionRedis after, RedisProcess process)
    {
        var values = command.Script switch
        {
            SessionScript.Room => [Text(reply.Waiting), SessionKeys.EpochOf(reply.Epoch)],
            SessionScript.Add => [Text(reply.Result), Text(reply.Waiting)],
            SessionScript.Read =>
            [
                SessionKeys.EpochOf(reply.Epoch), SessionKeys.CursorSecretOf(process), Text(reply.Last),
                .. after.HighestMissed < 0 ? (string[])["0"] : ["1", SessionKeys.Peer, Text(reply.Result)],
                .. reply.Sessions.SelectMany(session =>
                    new[] { Text(session.Number), Text((int)session.State), SessionKeys.DataOf(session.Session) }),
            ],
            SessionScript.Claim => reply.Result == 0 ? ["0"] : ["1", Text(reply.Lease)],
            SessionScript.Acknowledge => reply.Sessions is [var (session, number, state)]
                ? [Text(reply.Result), Text(number), Text((int)state), SessionKeys.DataOf(session), ""]
                : Array.Empty<string>(),
            SessionScript.List =>
            [
                Text(reply.Result),
                .. reply.Sessions.SelectMany(session =>
                    new[] { Text(session.Number), Text((int)session.State), SessionKeys.DataOf(session.Session) }),
            ],
            SessionScript.Peers =>
            [
                SessionKeys.EpochOf(reply.Epoch), SessionKeys.CursorSecretOf(process),
                .. after.HighestMissed < 0 ? Array.Empty<string>() : [SessionKeys.Peer],
            ],
            SessionScript.Find or SessionScript.Close => reply.Sessions is [var (session, number, state)]
                ? [Text(number), Text((int)state), SessionKeys.DataOf(session), reply.HasKey ? SessionKeys.SealedKeyOf(session) : ""]
                : Array.Empty<string>(),
            _ => [Text(reply.Result)],
        };
        return $"[{string.Join(' ', values)}]";
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
