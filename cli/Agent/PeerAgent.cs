using Rke.UdpBridge;

namespace Rke.Cli;

/// <summary>What an agent sends to the other end.</summary>
internal interface IAgentLink
{
    /// <summary>Makes a session. Its key is the next key of both ends.</summary>
    Task<AgentKey> ProposeAsync(CancellationToken cancellationToken);

    /// <summary>Sends a notice to the other end, through one of these key servers.</summary>
    Task SendAsync(IReadOnlyList<AgentServer> servers, byte[] notice, CancellationToken cancellationToken);
}

/// <summary>Reports what happens to the keys of one peer.</summary>
internal interface IAgentLog
{
    void Changed(string key);

    void Confirmed(string key);

    void Failed(string problem);
}

/// <summary>
/// Keeps the key of one peer fresh. The two ends switch to a new key in five steps, so that both use the same key (docs/AGENT.md).
/// <code>
/// initiator                          receiver
///   session with the new key    ->     claims and stages the key
///                               &lt;-     Staged
///   stages the key, Commit      ->     switches
///                               &lt;-     Applied
///   switches, Complete          ->
/// </code>
/// Each end repeats its last notice until the other end answers. The state is on the disk before a notice or a destination has it.
/// It is not safe for concurrent use.
/// </summary>
internal sealed class PeerAgent
{
    // Programs and servers can return long messages. The state must remain short.
    private const int MaxProblemLength = 500;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StageTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DestinationTime = TimeSpan.FromSeconds(30);

    private readonly PeerSettings _settings;
    private readonly IAgentLink _link;
    private readonly IAgentStateStore _store;
    private readonly IAgentLog _log;
    private readonly TimeProvider _time;

    private MonotonicTime _activeSince;
    private MonotonicTime _pendingSince;
    private MonotonicTime _nextSend;
    private MonotonicTime _nextProposal;
    private MonotonicTime _nextApply;
    private TimeSpan _retry = FirstRetry;
    private TimeSpan _applyPause = FirstRetry;
    private TimeSpan _proposalPause = FirstRetry;
    private AppliedKeys? _applied;
    private bool _isDue;

    public PeerAgent(
        PeerSettings settings,
        IAgentLink link,
        IAgentStateStore store,
        IAgentLog log,
        TimeProvider timeProvider)
    {
        (_settings, _link, _store, _log, _time) = (settings, link, store, log, timeProvider);
        State = store.Read();
        var (now, clock) = (Now, TimeOfDay.Now(timeProvider));
        _activeSince = Earlier(State.ActiveSince);
        _pendingSince = Earlier(State.PendingSince);
        _nextSend = _nextProposal = _nextApply = now;

        // The clock can have changed since the state was written.
        MonotonicTime Earlier(DateTimeOffset since)
        {
            var age = clock - since;
            return now + -(age < TimeSpan.Zero ? TimeSpan.Zero : age > settings.Interval ? settings.Interval : age);
        }
    }

    public AgentState State { get; private set; }

    public TimeSpan Interval => _settings.Interval;

    private AgentRole OtherRole => _settings.Role == AgentRole.Initiator ? AgentRole.Receiver : AgentRole.Initiator;

    private MonotonicTime Now => MonotonicTime.Now(_time);

    private TimeSpan StageLimit => _settings.Interval < StageTime ? _settings.Interval : StageTime;

    /// <summary>Does what is due. Call it at least once a second.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        await KeepAppliedAsync(cancellationToken);
        if (_settings.Role == AgentRole.Initiator)
        {
            await TickInitiatorAsync(cancellationToken);
        }
        else
        {
            await TickReceiverAsync(cancellationToken);
        }

        if (State.Refused is { } refused && Now >= _nextSend)
        {
            await SendAsync(refused, Notice.Refused, cancellationToken);
        }
    }

    /// <summary>Makes a new key at the next tick. Only the initiator can.</summary>
    public void Rotate() => _isDue = true;

    /// <summary>The receiver gets the key of a session.</summary>
    public async Task ReceiveAsync(AgentKey key, CancellationToken cancellationToken)
    {
        if (_settings.Role == AgentRole.Initiator)
        {
            key.Clear();
            Fail("The other end initiated a session too. Only one end can have the role 'initiator'.");
            return;
        }

        if (key.Servers.Count == 0)
        {
            key.Clear();
            Fail("A session of the other end has no part at a key server of a network that this gateway has.");
            return;
        }

        _pendingSince = Now;
        Save(State with { Pending = key, PendingSince = TimeOfDay.Now(_time), Refused = null });
        if (await TryStageAsync(cancellationToken))
        {
            RestartRetries();
            await SendAsync(key, Notice.Staged, cancellationToken);
        }
        else
        {
            await RefuseAsync(State with { Pending = null }, key, cancellationToken);
        }
    }

    /// <summary>Gets a notice of the other end.</summary>
    /// <returns>Whether the bytes are a notice about a key that this end has.</returns>
    public async Task<bool> ReceiveAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        foreach (var key in new[] { State.Pending, State.Active, State.Refused })
        {
            if (key?.Recognize(bytes, OtherRole) is { } notice)
            {
                await HandleAsync(key, notice, bytes, cancellationToken);
                return true;
            }
        }

        return false;
    }

    private async Task TickInitiatorAsync(CancellationToken cancellationToken)
    {
        if (State is { Pending: not null, IsCommitted: false } && Now - _pendingSince > StageLimit)
        {
            Fail($"The other end did not confirm that it staged the key within {StageLimit.TotalSeconds:0} s.");
            Save(State with { Pending = null });
        }

        var isDue = State.Pending is null
            ? _isDue || State.Active is null || Now - _activeSince >= _settings.Interval
            : State.IsCommitted && Now - _pendingSince >= _settings.Interval;
        if (isDue && Now >= _nextProposal)
        {
            await ProposeAsync(cancellationToken);
        }
        else if (State is { Pending: { } committed, IsCommitted: true } && Now >= _nextSend)
        {
            await SendAsync(committed, Notice.Commit, cancellationToken);
        }
    }

    private async Task ProposeAsync(CancellationToken cancellationToken)
    {
        AgentKey key;
        try
        {
            key = await _link.ProposeAsync(cancellationToken);
        }
        catch (FailureException exception)
        {
            Fail($"There is no new key: {exception.Message}");
            DelayProposal();
            return;
        }

        if (State.IsCommitted)
        {
            Fail("The other end did not confirm within the interval that it uses the key.");
        }

        _isDue = false;
        _pendingSince = Now;

        // The other end can use a key that was committed.
        Save(State with
        {
            Pending = key,
            PendingSince = TimeOfDay.Now(_time),
            IsActiveAtBothEnds = State.IsActiveAtBothEnds && !State.IsCommitted,
            IsCommitted = false,
            Refused = null,
        });
        RestartRetries();
    }

    private async Task TickReceiverAsync(CancellationToken cancellationToken)
    {
        if (State is { Active: { } active, Previous: not null, IsActiveAtBothEnds: false } && Now - _activeSince > _settings.Interval)
        {
            Fail("The other end did not confirm within the interval that it uses the key. This end uses the key before it.");
            await RefuseAsync(BeforeActive(), active, cancellationToken);
        }
        else if (Now >= _nextSend && State.Pending is { } staged)
        {
            await SendAsync(staged, Notice.Staged, cancellationToken);
        }
        else if (Now >= _nextSend && State is { Active: { } unconfirmed, IsActiveAtBothEnds: false } && _applied?.Id == unconfirmed.Id)
        {
            await SendAsync(unconfirmed, Notice.Applied, cancellationToken);
        }
    }

    private Task HandleAsync(AgentKey key, Notice notice, byte[] bytes, CancellationToken cancellationToken)
    {
        var (isPending, isActive) = (key == State.Pending, key == State.Active);
        return (_settings.Role, notice) switch
        {
            (_, Notice.Refused) when isPending => DropAsync(key, cancellationToken),
            (_, Notice.Refused) when isActive && State.Previous is not null => ReturnAsync(key, cancellationToken),
            (_, Notice.Refused) when key == State.Refused => EndRefusal(),
            (_, _) when key == State.Refused => SendAsync(key, Notice.Refused, cancellationToken),
            (AgentRole.Initiator, Notice.Staged) when isPending => CommitAsync(key, cancellationToken),
            (AgentRole.Initiator, Notice.Applied) when isPending && State.IsCommitted => CompleteAsync(key, cancellationToken),
            (AgentRole.Initiator, Notice.Applied) when isActive && _applied?.Id == key.Id => SendAsync(key, Notice.Complete, cancellationToken),
            (AgentRole.Receiver, Notice.Commit) when isPending => SwitchAsync(key, bytes, cancellationToken),
            (AgentRole.Receiver, Notice.Commit) when isActive && _applied?.Id == key.Id => SendAsync(key, Notice.Applied, cancellationToken),
            (AgentRole.Receiver, Notice.Complete) when isActive => ConfirmAsync(key),
            _ => Task.CompletedTask,
        };
    }

    private async Task CommitAsync(AgentKey key, CancellationToken cancellationToken)
    {
        if (!State.IsCommitted)
        {
            if (!await TryStageAsync(cancellationToken))
            {
                await RefuseAsync(State with { Pending = null }, key, cancellationToken);
                return;
            }

            _pendingSince = Now;
            Save(State with { IsCommitted = true, PendingSince = TimeOfDay.Now(_time) });
            RestartRetries();
        }

        await SendAsync(key, Notice.Commit, cancellationToken);
    }

    // The receiver uses the key from now on. The initiator names the key to which both ends can return.
    private async Task SwitchAsync(AgentKey key, byte[] commit, CancellationToken cancellationToken)
    {
        var before = new[] { State.Active, State.Previous }.FirstOrDefault(known => known?.IsNamedIn(commit) == true);
        Save(WithActive(key, before, isAtBothEnds: false));
        if (await TryApplyAsync(cancellationToken))
        {
            RestartRetries();
            await SendAsync(key, Notice.Applied, cancellationToken);
        }
        else
        {
            await RefuseAsync(BeforeActive(), key, cancellationToken);
        }
    }

    // The receiver uses the key, and the initiator follows.
    private async Task CompleteAsync(AgentKey key, CancellationToken cancellationToken)
    {
        Save(WithActive(key, State.Active, isAtBothEnds: true));
        if (await TryApplyAsync(cancellationToken))
        {
            _log.Confirmed(key.Id);
            _proposalPause = FirstRetry;
            await SendAsync(key, Notice.Complete, cancellationToken);
        }
        else if (State.Previous is not null)
        {
            await RefuseAsync(BeforeActive(), key, cancellationToken);
        }
    }

    private Task ConfirmAsync(AgentKey key)
    {
        if (!State.IsActiveAtBothEnds)
        {
            Save(State with { IsActiveAtBothEnds = true });
            _log.Confirmed(key.Id);
        }

        return Task.CompletedTask;
    }

    private Task EndRefusal()
    {
        Save(State with { Refused = null });
        return Task.CompletedTask;
    }

    // The other end refused the pending key.
    private async Task DropAsync(AgentKey key, CancellationToken cancellationToken)
    {
        Fail("The other end refused the key. Its log has the reason.");
        var notice = Sign(key, Notice.Refused);
        Save(State with { Pending = null, IsCommitted = false });
        DelayProposal();
        await SendAsync(key, notice, cancellationToken);
    }

    // The other end refused the active key.
    private async Task ReturnAsync(AgentKey key, CancellationToken cancellationToken)
    {
        Fail("The other end refused the key. This end uses the key before it.");
        var notice = key.Sign(Notice.Refused, _settings.Role, State.Previous!.Id);
        Save(BeforeActive());
        _nextApply = Now;
        await KeepAppliedAsync(cancellationToken);
        DelayProposal();
        await SendAsync(key, notice, cancellationToken);
    }

    private async Task RefuseAsync(AgentState state, AgentKey key, CancellationToken cancellationToken)
    {
        Save(state with { Refused = key, IsCommitted = false });
        _nextApply = Now;
        await KeepAppliedAsync(cancellationToken);
        DelayProposal();
        RestartRetries();
        await SendAsync(key, Notice.Refused, cancellationToken);
    }

    private AgentState WithActive(AgentKey key, AgentKey? before, bool isAtBothEnds)
    {
        _activeSince = Now;
        return State with
        {
            Active = key,
            ActiveSince = TimeOfDay.Now(_time),
            IsActiveAtBothEnds = isAtBothEnds,
            Previous = before,
            Pending = null,
            IsCommitted = false,
            Changes = State.Changes + 1,
        };
    }

    private AgentState BeforeActive()
    {
        _isDue = true;
        _activeSince = Now;
        return State with
        {
            Active = State.Previous,
            ActiveSince = TimeOfDay.Now(_time),
            IsActiveAtBothEnds = true,
            Previous = null,
        };
    }

    // After a start, after a failure, and at the end of the overlap.
    private async Task KeepAppliedAsync(CancellationToken cancellationToken)
    {
        if (State.Active is not null && _applied != WantedKeys() && Now >= _nextApply)
        {
            await TryApplyAsync(cancellationToken);
        }
    }

    private AppliedKeys WantedKeys() => new(
        State.Active!.Id, Now - _activeSince < _settings.Overlap ? State.Previous?.Id : null, State.Pending?.Id);

    private async Task<bool> TryStageAsync(CancellationToken cancellationToken) =>
        await TryAllAsync((destination, token) => destination.CheckAsync(token), cancellationToken)
        && (State.Active is null || await TryApplyAsync(cancellationToken));

    private async Task<bool> TryApplyAsync(CancellationToken cancellationToken)
    {
        var wanted = WantedKeys();
        var keys = new DestinationKeys(
            State.Active!, [.. new[] { State.Pending, wanted.Previous is null ? null : State.Previous }.OfType<AgentKey>()]);
        if (!await TryAllAsync((destination, token) => destination.ApplyAsync(keys, token), cancellationToken))
        {
            _applied = null;
            _nextApply = Now + _applyPause;
            _applyPause = Next(_applyPause);
            return false;
        }

        if (_applied?.Id != wanted.Id)
        {
            _log.Changed(wanted.Id);
        }

        _applied = wanted;
        _applyPause = FirstRetry;
        return true;
    }

    // Ends at the first destination that fails, or that takes too long.
    private async Task<bool> TryAllAsync(Func<IKeyDestination, CancellationToken, Task> use, CancellationToken cancellationToken)
    {
        foreach (var destination in _settings.Destinations)
        {
            using var limit = new CancellationTokenSource(DestinationTime, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            try
            {
                await use(destination, either.Token);
            }
            catch (DestinationException exception)
            {
                Fail($"{destination.Name}: {exception.Message}");
                return false;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Fail($"{destination.Name}: It did not take the key within {DestinationTime.TotalSeconds:0} s.");
                return false;
            }
        }

        return true;
    }

    private byte[] Sign(AgentKey key, Notice notice) => key.Sign(notice, _settings.Role, State.Active?.Id);

    private Task SendAsync(AgentKey key, Notice notice, CancellationToken cancellationToken) =>
        SendAsync(key, Sign(key, notice), cancellationToken);

    private async Task SendAsync(AgentKey key, byte[] notice, CancellationToken cancellationToken)
    {
        _nextSend = Now + _retry;
        _retry = Next(_retry);
        try
        {
            await _link.SendAsync(key.Servers, notice, cancellationToken);
        }
        catch (FailureException exception)
        {
            Fail($"The other end is not reachable: {exception.Message}");
        }
    }

    private void RestartRetries()
    {
        _retry = FirstRetry;
        _nextSend = Now;
    }

    private void DelayProposal()
    {
        _nextProposal = Now + _proposalPause;
        _proposalPause = Next(_proposalPause);
    }

    private TimeSpan Next(TimeSpan pause)
    {
        var most = _settings.Interval / 4 < LastRetry ? _settings.Interval / 4 : LastRetry;
        return pause * 2 < most ? pause * 2 : most > FirstRetry ? most : FirstRetry;
    }

    /// <summary>Records a problem, for the log and the status.</summary>
    public void Fail(string problem)
    {
        var text = problem.Length > MaxProblemLength ? $"{problem.AsSpan(0, MaxProblemLength)}..." : problem;
        _log.Failed(text);
        var state = State with { Failures = State.Failures + 1, LastFailure = text, LastFailureTime = TimeOfDay.Now(_time) };
        try
        {
            _store.Write(state);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The keys did not change, so the file is still right.
        }

        State = state;
    }

    private void Save(AgentState state)
    {
        _store.Write(state);
        var dropped = State.Keys.Where(key => !state.Keys.Any(kept => ReferenceEquals(kept, key))).ToArray();
        State = state;
        foreach (var key in dropped)
        {
            key.Clear();
        }
    }

    private sealed record AppliedKeys(string Id, string? Previous, string? Pending);
}
