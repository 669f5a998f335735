using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Sessions;

/// <summary>
/// Two replicas of the gateway, and a primary and a replica of Redis (docs/MODEL.md). A replica of the gateway sends commands to the
/// last primary that it has seen. After a failover, the old primary runs commands until it becomes a replica. So some commands reach the old
/// primary, and some the new one.
/// </summary>
internal sealed class SessionWorld : IWorld<SessionWorld>
{
    private const int Servers = 2;
    private const int NoCall = -1;
    private const int NoServer = -1;
    private const int NoTicket = -1;
    private const int LeasedTicket = 100;

    private readonly SessionSetup _setup;
    private readonly SessionScripts _scripts;
    private readonly Action<SessionRedis, SessionCommand, RedisProcess, long>? _onScript;

    private readonly Server[] _servers;
    private readonly int[] _connected;
    private readonly Call[] _calls;
    private readonly Watch[] _watches;
    private readonly bool[] _isDelivered;
    private readonly List<Sent> _wire;
    private int _primary;
    private int _now;
    private int _events;
    private int _processes = 2;
    private int _failovers;
    private int _restartsWithData;
    private int _restartsWithoutData;
    private int _reconnects;
    private int _closedAt = NoServer;
    private int _acknowledgedAt = NoServer;
    private int _handedOutTo = NoTicket;
    private int _claimedAt = -1;

    /// <param name="onScript">Receives each state of Redis and each command that runs in it.</param>
    public SessionWorld(SessionSetup setup, Action<SessionRedis, SessionCommand, RedisProcess, long>? onScript = null)
    {
        (_setup, _onScript, _scripts) = (setup, onScript, new(setup.Mutation));
        _servers =
        [
            new(new(setup.Sessions, 1), new(1, 1), ServerRole.Primary),
            new(new(setup.Sessions, 1), new(2, 1), ServerRole.Replica),
        ];
        _connected = new int[SessionSetup.Replicas];
        _calls = new Call[setup.Sessions + setup.Claims];
        _watches = new Watch[setup.Watches];
        Array.Fill(_watches, Watch.Start);
        _isDelivered = new bool[setup.Sessions];
        _wire = [];
        (_failovers, _restartsWithData, _restartsWithoutData, _reconnects) = (
            setup.Failovers, setup.RestartsWithData, setup.RestartsWithoutData, setup.Reconnects);
    }

    private SessionWorld(SessionWorld other)
    {
        (_setup, _scripts, _onScript) = (other._setup, other._scripts, other._onScript);
        _servers = [.. other._servers];
        _connected = [.. other._connected];
        _calls = [.. other._calls];
        _watches = [.. other._watches];
        (_acknowledgedAt, _handedOutTo, _claimedAt) = (other._acknowledgedAt, other._handedOutTo, other._claimedAt);
        _isDelivered = [.. other._isDelivered];
        _wire = [.. other._wire];
        (_primary, _now, _events, _processes, _closedAt) = (other._primary, other._now, other._events, other._processes, other._closedAt);
        (_failovers, _restartsWithData, _restartsWithoutData, _reconnects) = (
            other._failovers, other._restartsWithData, other._restartsWithoutData, other._reconnects);
    }

    private long Clock => SessionSetup.At(_now, _events);

    public void AddSteps(List<Step<SessionWorld>> steps)
    {
        for (var call = 0; call < _calls.Length; call++)
        {
            AddCall(steps, call);
        }

        for (var index = 0; index < _wire.Count; index++)
        {
            AddRun(steps, index);
        }

        for (var watch = 0; watch < _watches.Length; watch++)
        {
            AddWatch(steps, watch);
        }

        AddClose(steps);
        AddAcknowledge(steps);
        AddRedis(steps);
        // The retries of a call end within a lifetime.
        if (_now < _setup.Horizon
            && !Array.Exists(_calls, call => call.Phase is CallPhase.Sent or CallPhase.Replied && call.Started < _now))
        {
            var next = new SessionWorld(this) { _now = _now + 1 };
            next._wire.RemoveAll(sent => sent.At < _now);
            for (var server = 0; server < Servers; server++)
            {
                next.Change(server).Expire(next.Clock / 1000);
            }

            steps.Add(new(new("time passes: tick {0}", next._now), next));
        }
    }

    public string? Unfinished()
    {
        var call = Array.FindIndex(_calls, call => call.Phase is CallPhase.Sent or CallPhase.Replied);
        return call < 0 ? null : $"call {call} has not ended";
    }

    public void Write(StateWriter writer)
    {
        foreach (var server in _servers)
        {
            server.Redis.Write(writer);
            server.Process.Write(writer);
            writer.Write((int)server.Role);
        }

        foreach (var server in _connected)
        {
            writer.Write(server);
        }

        foreach (var call in _calls)
        {
            writer.Write((int)call.Phase);
            writer.Write(call.Replica);
            writer.Write(call.Started);
            writer.Write(call.Sends);
            writer.Write(call.Result);
            writer.Write(call.IsLate);
            call.Epoch.Write(writer);
        }

        foreach (var watch in _watches)
        {
            watch.Write(writer);
        }

        foreach (var isDelivered in _isDelivered)
        {
            writer.Write(isDelivered);
        }

        writer.Write(_acknowledgedAt);
        writer.Write(_handedOutTo);
        writer.Write(_claimedAt);

        writer.WriteUnordered(_wire, static (writer, sent) =>
        {
            sent.Command.Write(writer);
            writer.Write(sent.Server);
            writer.Write(sent.Call);
            writer.Write(sent.At);
        });
        writer.Write(_primary);
        writer.Write(_now);
        writer.Write(_events);
        writer.Write(_processes);
        writer.Write(_failovers);
        writer.Write(_restartsWithData);
        writer.Write(_restartsWithoutData);
        writer.Write(_reconnects);
        writer.Write(_closedAt);
    }

    private bool IsAdd(int call) => call < _setup.Sessions;

    private bool IsLeased(int call) => !IsAdd(call) && call - _setup.Sessions < _setup.LeasedClaims;

    private int TicketOf(int call) => IsLeased(call) ? LeasedTicket : call;

    // The states of servers are shared between worlds, so a change needs a copy.
    private SessionRedis Change(int server)
    {
        var copy = _servers[server].Redis.Clone();
        _servers[server] = _servers[server] with { Redis = copy };
        return copy;
    }

    private SessionReply Run(int server, SessionCommand command)
    {
        var process = _servers[server].Process;
        _onScript?.Invoke(_servers[server].Redis, command, process, Clock);
        return _scripts.Run(Change(server), command, process, _setup.Capacity, SessionSetup.Lifetime, Clock);
    }

    private bool CanServe(int replica) => _servers[_connected[replica]].Role != ServerRole.Replica;

    // gateway/Sessions/SessionInbox.cs and Store/RedisSessionStore.cs. An add first reads the epoch, and a claim first reads the session.
    private void AddCall(List<Step<SessionWorld>> steps, int call)
    {
        switch (_calls[call].Phase)
        {
            case CallPhase.NotStarted when IsAdd(call) || call == _setup.Sessions || _calls[call - 1].Phase != CallPhase.NotStarted:
                for (var replica = 0; replica < (call == 0 ? 1 : SessionSetup.Replicas); replica++)
                {
                    AddStart(steps, call, replica);
                }

                break;
            case CallPhase.Sent:
                AddNoReply(steps, call);
                break;
            case CallPhase.Replied:
                AddNoReply(steps, call);
                AddProcessReply(steps, call);
                break;
        }
    }

    private void AddStart(List<Step<SessionWorld>> steps, int call, int replica)
    {
        if (!CanServe(replica))
        {
            return;
        }

        var next = new SessionWorld(this);
        var label = IsAdd(call) ? "session {0} arrives at replica {1}" : "claim {0} starts at replica {1}, which finds the session";
        if (IsAdd(call))
        {
            var room = next.Run(_connected[replica], new(SessionScript.Room));
            next._calls[call] = new(CallPhase.NotStarted, replica, _now, 0, 0, IsLate: false) { Epoch = room.Epoch };
        }
        else
        {
            var found = next.Run(_connected[replica], new(SessionScript.Find));
            var isLate = _connected[replica] == _closedAt || _connected[replica] == _acknowledgedAt;
            next._calls[call] = new(CallPhase.NotStarted, replica, _now, 0, 0, isLate);
            var isClaimable = found.Sessions is [var (_, _, state)] && (state == SessionState.Waiting || IsLeased(call));
            if (!found.HasKey || !isClaimable)
            {
                next.End(call);
                steps.Add(new(new("claim {0} finds no waiting session at replica {1}", call - _setup.Sessions, replica), next));
                return;
            }
        }

        next.Send(call);
        steps.Add(new(new(label, IsAdd(call) ? call : call - _setup.Sessions, replica), next));
    }

    private void Send(int call)
    {
        var state = _calls[call];
        var server = _connected[state.Replica];
        var command = IsAdd(call)
            ? new SessionCommand(SessionScript.Add) { Session = call, Epoch = state.Epoch }
            : new SessionCommand(SessionScript.Claim) { Number = TicketOf(call), Lease = IsLeased(call) ? SessionSetup.Lease : 0 };
        _wire.Add(new(command, server, call, _now));
        _calls[call] = state with { Phase = CallPhase.Sent, Sends = state.Sends + 1 };
    }

    private void End(int call) => _calls[call] = new(CallPhase.Ended, 0, 0, 0, 0, IsLate: false);

    // The command, its reply or the replica is lost. The command may still run.
    private void AddNoReply(List<Step<SessionWorld>> steps, int call)
    {
        var ended = new SessionWorld(this);
        ended.Abandon(call);
        ended.End(call);
        steps.Add(new(new("call {0} ends without a reply (or its replica restarts)", call), ended));

        if (_calls[call].Sends < _setup.Attempts && CanServe(_calls[call].Replica))
        {
            var again = new SessionWorld(this);
            again.Abandon(call);
            again.Send(call);
            steps.Add(new(new("call {0} gets no reply, and sends its command again", call), again));
        }
    }

    private void Abandon(int call)
    {
        for (var index = 0; index < _wire.Count; index++)
        {
            _wire[index] = _wire[index].Call == call ? _wire[index] with { Call = NoCall } : _wire[index];
        }
    }

    private void AddProcessReply(List<Step<SessionWorld>> steps, int call)
    {
        var next = new SessionWorld(this);
        next.End(call);
        string? violation = null;
        if (!IsAdd(call) && _calls[call].Result == 1)
        {
            var isOther = _handedOutTo != NoTicket && (_handedOutTo != TicketOf(call) || !IsLeased(call));
            violation = isOther ? "The key of a session is handed out to two callers."
                : _calls[call].IsLate ? "The key of a session is handed out after it was closed or acknowledged."
                : IsLeased(call) && _calls[call].Started > _claimedAt ? "The key of a session is handed out after the lease has ended."
                : null;
            next._handedOutTo = TicketOf(call);
        }

        steps.Add(new(new("call {0} ends with the reply {1}", call, _calls[call].Result), next, violation));
    }

    private void AddRun(List<Step<SessionWorld>> steps, int index)
    {
        var sent = _wire[index];
        var next = new SessionWorld(this);
        next._wire.RemoveAt(index);
        var reply = next.Run(sent.Server, sent.Command);
        if (sent.Command.Script == SessionScript.Claim && reply.Result == 1 && _claimedAt < 0)
        {
            next._claimedAt = _now;
        }

        if (sent.Call != NoCall)
        {
            next._calls[sent.Call] = _calls[sent.Call] with { Phase = CallPhase.Replied, Result = reply.Result };
        }

        steps.Add(new(new($"server {{0}} runs {sent.Command.Script} of session {{1}}", sent.Server, sent.Command.Session), next));
    }

    private void AddClose(List<Step<SessionWorld>> steps)
    {
        for (var replica = 0; _setup.Closes && _closedAt == NoServer && replica < SessionSetup.Replicas; replica++)
        {
            if (CanServe(replica))
            {
                var next = new SessionWorld(this);
                var reply = next.Run(_connected[replica], new(SessionScript.Close));
                if (reply.Sessions.Length > 0)
                {
                    next._closedAt = _connected[replica];
                    steps.Add(new(new("replica {0} closes the session", replica), next));
                }
            }
        }
    }

    // The caller has the key.
    private void AddAcknowledge(List<Step<SessionWorld>> steps)
    {
        var canStart = _setup.Acknowledges && _acknowledgedAt == NoServer && _handedOutTo == LeasedTicket;
        for (var replica = 0; canStart && replica < SessionSetup.Replicas; replica++)
        {
            if (CanServe(replica))
            {
                var next = new SessionWorld(this);
                if (next.Run(_connected[replica], new(SessionScript.Acknowledge) { Number = LeasedTicket }).Result == 1)
                {
                    next._acknowledgedAt = _connected[replica];
                    steps.Add(new(new("the caller acknowledges the key at replica {0}", replica), next));
                }
            }
        }
    }

    // gateway/Sessions/SessionWatch.cs: read a page, and for each session of it, record the delivery and send the session.
    private void AddWatch(List<Step<SessionWorld>> steps, int watch)
    {
        var state = _watches[watch];
        if (_reconnects > 0 && state.Phase != WatchPhase.Idle)
        {
            foreach (var cursor in new[] { (state.Epoch, state.Number), default }.Distinct())
            {
                var broken = new SessionWorld(this) { _reconnects = _reconnects - 1 };
                broken._watches[watch] = Watch.Start with { Epoch = cursor.Item1, Number = cursor.Item2 };
                steps.Add(new(new("watch {0} breaks and starts again after session number {1}", watch, cursor.Item2), broken));
            }
        }

        for (var replica = 0; replica < SessionSetup.Replicas; replica++)
        {
            if (!CanServe(replica))
            {
                continue;
            }

            var next = new SessionWorld(this);
            switch (state.Phase)
            {
                case WatchPhase.Idle when state.Replica == Watch.AnyReplica || replica == state.Replica:
                    var page = next.Run(
                        _connected[replica], new(SessionScript.Read) { Epoch = state.Epoch, Number = state.Number });
                    if (page.Sessions.Length > 0)
                    {
                        next._watches[watch] = state with
                        {
                            Phase = WatchPhase.Page,
                            Replica = replica,
                            Page = page.Sessions,
                            Epoch = page.Epoch,
                            End = page.Last,
                        };
                        steps.Add(new(new("watch {0} reads a page at replica {1}", watch, replica), next));
                    }

                    break;
                case WatchPhase.Page when replica == state.Replica:
                    next.AddDelivery(steps, watch);
                    break;
                case WatchPhase.Recorded when replica == state.Replica:
                    next.AddMessage(steps, watch);
                    break;
            }
        }
    }

    private void AddDelivery(List<Step<SessionWorld>> steps, int watch)
    {
        var state = _watches[watch];
        var (_, number, _) = state.Page[0];
        var reply = Run(_connected[state.Replica], new(SessionScript.Deliver) { Number = number, Epoch = state.Epoch });
        _watches[watch] = state with
        {
            Phase = WatchPhase.Recorded,
            IsRedelivery = number <= reply.Result,
            IsStale = state.Epoch != _servers[_connected[state.Replica]].Redis.Epoch,
        };
        steps.Add(new(new("watch {0} records the delivery of number {1}", watch, number), this));
    }

    private void AddMessage(List<Step<SessionWorld>> steps, int watch)
    {
        var state = _watches[watch];
        var (session, number, sessionState) = state.Page[0];

        // After a failover between the page and the record, the session has expired, and the record of the delivery may be lost.
        var isNew = !state.IsRedelivery && !state.IsStale && sessionState == SessionState.Waiting;
        var violation = isNew && _isDelivered[session] ? $"Waiting session {session} is sent to the consumer twice without a flag." : null;
        _isDelivered[session] |= isNew;
        var isLast = state.Page.Length == 1;
        _watches[watch] = state with
        {
            Phase = isLast ? WatchPhase.Idle : WatchPhase.Page,
            Number = isLast ? state.End : number,
            Page = state.Page[1..],
            IsRedelivery = false,
            IsStale = false,
        };
        steps.Add(new(new("watch {0} sends session {1}, redelivered: {2}", watch, session, state.IsRedelivery ? 1 : 0), this, violation));
    }

    private void AddRedis(List<Step<SessionWorld>> steps)
    {
        var other = 1 - _primary;
        if (_failovers > 0 && _servers[other].Role == ServerRole.Replica && !_servers[_primary].Redis.IsSameAs(_servers[other].Redis))
        {
            var replicated = new SessionWorld(this);
            replicated._servers[other] = _servers[other] with { Redis = _servers[_primary].Redis };
            steps.Add(new(new("server {0} receives all writes", other), replicated));
        }

        if (_failovers > 0 && _servers[other].Role == ServerRole.Replica)
        {
            var next = new SessionWorld(this) { _failovers = _failovers - 1, _primary = other, _events = _events + 1 };
            next._processes++;
            next._servers[other] = _servers[other] with
            {
                Role = ServerRole.Primary,
                Process = new(_servers[other].Process.Run, next._processes),
            };
            next._servers[_primary] = _servers[_primary] with { Role = ServerRole.Isolated };
            steps.Add(new(new("server {0} becomes the primary; server {1} is isolated", other, _primary), next));
        }

        if (_servers[other].Role == ServerRole.Isolated)
        {
            var next = new SessionWorld(this);
            next._servers[other] = new(
                _servers[_primary].Redis, new(_servers[other].Process.Run, _servers[_primary].Process.Replication), ServerRole.Replica);
            next._wire.RemoveAll(sent => sent.Server == other);

            // Its data may lack the acknowledgement. Then the same caller can get the key again, until the lease ends.
            next._acknowledgedAt = _acknowledgedAt == other ? NoServer : _acknowledgedAt;
            steps.Add(new(new("server {0} becomes a replica", other), next));
        }

        for (var replica = 0; replica < _connected.Length; replica++)
        {
            if (_connected[replica] != _primary)
            {
                var next = new SessionWorld(this);
                next._connected[replica] = _primary;
                steps.Add(new(new("replica {0} connects to server {1}", replica, _primary), next));
            }
        }

        AddRestart(steps, _restartsWithData, "server {0} restarts with its data", next =>
        {
            next._restartsWithData--;
            return next._servers[next._primary].Redis;
        });
        AddRestart(steps, _restartsWithoutData, "server {0} restarts without data", next =>
        {
            next._restartsWithoutData--;
            return new(_setup.Sessions, 1);
        });
    }

    private void AddRestart(List<Step<SessionWorld>> steps, int left, string label, Func<SessionWorld, SessionRedis> restart)
    {
        if (left > 0)
        {
            var next = new SessionWorld(this) { _events = _events + 1 };
            next._processes++;
            next._servers[_primary] = _servers[_primary] with
            {
                Redis = restart(next),
                Process = new(next._processes, next._processes),
            };
            next._wire.RemoveAll(sent => sent.Server == _primary);
            steps.Add(new(new(label, _primary), next));
        }
    }
}

/// <summary>A process of Redis.</summary>
internal sealed record Server(SessionRedis Redis, RedisProcess Process, ServerRole Role);

internal enum ServerRole
{
    Primary,

    /// <summary>A replica of the primary. It runs no commands.</summary>
    Replica,

    /// <summary>A former primary that does not know the new one. It runs commands.</summary>
    Isolated,
}

/// <summary>A command that was sent, and has not run yet.</summary>
/// <param name="Call">The call that waits for the reply.</param>
/// <param name="At">The tick at which it was sent.</param>
internal readonly record struct Sent(SessionCommand Command, int Server, int Call, int At);

/// <summary>The arrival or a claim of a session.</summary>
/// <param name="Started">The tick at which the call started.</param>
/// <param name="Sends">How often the command was sent.</param>
/// <param name="IsLate">Claim: the session was closed before, at the same server.</param>
internal readonly record struct Call(CallPhase Phase, int Replica, int Started, int Sends, int Result, bool IsLate)
{
    /// <summary>Add: the epoch of the first attempt.</summary>
    public SessionEpoch Epoch { get; init; }
}

internal enum CallPhase
{
    NotStarted,
    Sent,
    Replied,
    Ended,
}

/// <summary>A stream of sessions to the consumer, and its cursor.</summary>
internal sealed record Watch(WatchPhase Phase, int Replica, SessionEpoch Epoch, int Number, bool IsRedelivery)
{
    public const int AnyReplica = -1;

    public static readonly Watch Start = new(WatchPhase.Idle, AnyReplica, default, 0, IsRedelivery: false);

    /// <summary>The sessions of the page that were not sent yet.</summary>
    public (int Session, int Number, SessionState State)[] Page { get; init; } = [];

    /// <summary>The number of the cursor after the page: the last session that arrived.</summary>
    public int End { get; init; }

    /// <summary>The delivery was recorded in another epoch than that of the page.</summary>
    public bool IsStale { get; init; }

    public void Write(StateWriter writer)
    {
        writer.Write((int)Phase);
        writer.Write(Replica);
        Epoch.Write(writer);
        writer.Write(Number);
        writer.Write(IsRedelivery);
        writer.Write(IsStale);
        writer.Write(Phase == WatchPhase.Idle ? 0 : End);
        writer.Write(Page.Length);
        foreach (var (session, number, state) in Page)
        {
            writer.Write(session);
            writer.Write(number);
            writer.Write((int)state);
        }
    }
}

internal enum WatchPhase
{
    Idle,
    Page,

    /// <summary>The delivery of the first session of the page was recorded.</summary>
    Recorded,
}
