using System.CommandLine;
using System.Threading.Channels;
using Rke.V1;

namespace Rke.Cli;

/// <summary>Runs the agents of all peers: passes them the sessions that arrive, and calls them once a second.</summary>
internal sealed class AgentRunner(GatewayOptions gateway, ParseResult parsed, AgentSettings settings, TimeProvider timeProvider)
{
    private const int MaxWaiting = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(10);

    // An agent is not safe for concurrent use.
    private readonly Dictionary<string, Channel<Func<PeerAgent, CancellationToken, Task>>> _work = settings.Peers.ToDictionary(
        peer => peer.Name,
        _ => Channel.CreateBounded<Func<PeerAgent, CancellationToken, Task>>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest }),
        StringComparer.Ordinal);

    /// <summary>The agents, for the metrics.</summary>
    public IReadOnlyDictionary<string, PeerAgent> Agents { get; private set; } = new Dictionary<string, PeerAgent>();

    public async Task RunAsync(Func<PeerSettings, IAgentLog> logOf, CancellationToken cancellationToken)
    {
        Agents = settings.Peers.ToDictionary(peer => peer.Name, peer => new PeerAgent(
            peer,
            new AgentLink(gateway, parsed, peer),
            new AgentStateFile(settings.StateFolder, peer.Name),
            logOf(peer),
            timeProvider));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = settings.Peers
            .Select(peer => ServeAsync(Agents[peer.Name], _work[peer.Name].Reader, timeProvider, stop.Token))
            .Append(WatchAsync(stop.Token))
            .ToArray();
        try
        {
            await await Task.WhenAny(tasks);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Makes new keys now, with all peers that this end is the initiator for.</summary>
    public void Rotate() => ForEach(agent => agent.Rotate());

    /// <summary>
    /// Runs one agent. If it fails, it continues after a pause, as after a restart: its state is on the disk. The agents of other peers
    /// continue meanwhile.
    /// </summary>
    internal static async Task ServeAsync(
        PeerAgent agent,
        ChannelReader<Func<PeerAgent, CancellationToken, Task>> work,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        for (var pause = Pause; ;)
        {
            try
            {
                await agent.TickAsync(cancellationToken);
                await WaitAsync(work, timeProvider, cancellationToken);
                while (work.TryRead(out var next))
                {
                    await next(agent, cancellationToken);
                }

                pause = Pause;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                agent.Fail($"The agent of this peer continues after a pause, because of an unexpected error: {exception.Message}");
                await Task.Delay(pause, timeProvider, cancellationToken);
                pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
            }
        }
    }

    private static async Task WaitAsync(
        ChannelReader<Func<PeerAgent, CancellationToken, Task>> work, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tick = Task.Delay(Pause, timeProvider, wait.Token);
        await Task.WhenAny(tick, work.WaitToReadAsync(wait.Token).AsTask());
        await wait.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void ForEach(Action<PeerAgent> action)
    {
        foreach (var work in _work.Values)
        {
            work.Writer.TryWrite((agent, _) =>
            {
                action(agent);
                return Task.CompletedTask;
            });
        }
    }

    private async Task AcceptAsync(PeerSettings peer, Session session, PeerAgent agent, CancellationToken cancellationToken)
    {
        ClaimSessionResponse claimed;
        try
        {
            claimed = await gateway.CallSessionsAsync(
                parsed,
                (client, options) => client.ClaimSessionAsync(
                    new()
                    {
                        SessionId = session.SessionId,
                        DeriveLabels = { AgentKey.KeyLabel, AgentKey.InitiatorLabel, AgentKey.ReceiverLabel },
                    },
                    options),
                cancellationToken,
                CallTime);
        }
        catch (FailureException exception)
        {
            // The other end repeats a notice, and proposes another key.
            agent.Fail($"A session of the other end cannot be claimed: {exception.Failure.Message}");
            return;
        }

        var parts = claimed.Session.Parts.Where(part => part.Used).ToArray();
        if (parts.Length == 1 && claimed.Key.Length == AgentKey.NoticeLength)
        {
            // A notice about an old key has no effect.
            await agent.ReceiveAsync(claimed.Key.ToByteArray(), cancellationToken);
        }
        else if (claimed.Key.Length == AgentKey.Length && parts.Length >= peer.Parts)
        {
            await agent.ReceiveAsync(AgentLink.Read(session.SessionId, claimed.LabelKeys, parts), cancellationToken);
        }
        else
        {
            agent.Fail($"A session of the other end has {parts.Length} parts and {claimed.Key.Length} bytes. A key has at least {peer.Parts} parts "
                + $"and {AgentKey.Length} bytes. Do both ends have the same setting 'parts'?");
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var peers = settings.Peers.ToDictionary(peer => peer.Name, StringComparer.Ordinal);
        var cursor = "";
        var lastProblem = "";
        while (true)
        {
            try
            {
                await gateway.ReadSessionsAsync(
                    parsed,
                    (client, options) => client.WatchSessions(
                        new() { Cursor = cursor, Consumer = "rke-agent", Peers = { peers.Keys } }, options),
                    message =>
                    {
                        lastProblem = "";
                        if (message.Session is { State: Session.Types.State.Waiting } session
                            && peers.TryGetValue(session.Peer, out var peer))
                        {
                            _work[peer.Name].Writer.TryWrite((agent, token) => AcceptAsync(peer, session, agent, token));
                        }

                        cursor = message.Cursor;
                        return true;
                    },
                    cancellationToken);
            }
            catch (FailureException exception)
            {
                // After a reset of the gateway's state, the cursor is wrong.
                cursor = exception.Failure.ExitCode == ExitCode.Invalid ? "" : cursor;

                if (lastProblem != exception.Failure.Message)
                {
                    var problem = lastProblem = exception.Failure.Message;
                    ForEach(agent => agent.Fail($"The gateway does not deliver sessions: {problem}"));
                }
            }

            await Task.Delay(Pause, timeProvider, cancellationToken);
        }
    }
}
