using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Sessions;

/// <summary>A script for sessions. Its name in lower case after "session-" is the name of its file.</summary>
internal enum SessionScript
{
    Room,
    Add,
    Find,
    Claim,
    Acknowledge,
    Close,
    Read,
    List,
    Peers,
    Deliver,
}

/// <summary>A call of a script, with the arguments that the gateway passes.</summary>
internal readonly record struct SessionCommand(SessionScript Script)
{
    public int Session { get; init; }

    /// <summary>Add: the epoch of the first attempt. Read: the epoch of the cursor. Deliver: the epoch of the page.</summary>
    public SessionEpoch Epoch { get; init; }

    /// <summary>Claim and acknowledge: the ticket. List: the maximum number of sessions. Read: the number of the cursor. Deliver: the number of the session.</summary>
    public int Number { get; init; }

    public int Consumer { get; init; }

    /// <summary>Claim: the lease, ms.</summary>
    public long Lease { get; init; }

    public void Write(StateWriter writer)
    {
        writer.Write((int)Script);
        writer.Write(Session);
        Epoch.Write(writer);
        writer.Write(Number);
        writer.Write(Consumer);
        writer.Write(Lease);
    }
}

/// <summary>The reply of a script.</summary>
/// <param name="Result">The first number.</param>
/// <param name="Waiting">Room, add: the number of waiting sessions.</param>
internal sealed record SessionReply(int Result, int Waiting = 0)
{
    public SessionEpoch Epoch { get; init; }

    public int Last { get; init; }

    /// <summary>Claim: the end of the lease.</summary>
    public long Lease { get; init; }

    /// <summary>Find, acknowledge, close, read and list: the sessions, and their states when the script ran.</summary>
    public (int Session, int Number, SessionState State)[] Sessions { get; init; } = [];

    /// <summary>Find: whether the reply contains the encrypted key.</summary>
    public bool HasKey { get; init; }
}

/// <summary>
/// The scripts in gateway/Sessions/Store/*.lua as pure functions. <see cref="SessionScriptTests"/> runs the real scripts and compares.
/// A mutation removes one guard, so that the explorer must find a violation.
/// </summary>
internal sealed class SessionScripts(SessionMutation mutation)
{
    public const int Added = 0;
    public const int Known = 1;
    public const int Full = 2;
    public const int EpochEnded = 3;
    public const int PageLength = 64;

    private const int RecordMargin = 60_000;

    /// <param name="now">The clock of Redis, µs.</param>
    public SessionReply Run(SessionRedis redis, SessionCommand command, RedisProcess process, int capacity, long lifetime, long now)
    {
        var milliseconds = now / 1000;
        Begin(redis, process, now);
        switch (command.Script)
        {
            case SessionScript.Room:
                return new(0, redis.WaitingCount) { Epoch = redis.Epoch };
            case SessionScript.Add:
                return Add(redis, command, capacity, lifetime, milliseconds);
            case SessionScript.Find:
                return Find(redis, command.Session, milliseconds);
            case SessionScript.Claim:
                return Claim(redis, command, milliseconds);
            case SessionScript.Acknowledge:
                return Acknowledge(redis, command, milliseconds);
            case SessionScript.Close:
                return Close(redis, command.Session);
            case SessionScript.List:
                return List(redis, command, milliseconds);
            case SessionScript.Peers:
                return new(0) { Epoch = redis.Epoch };
            case SessionScript.Read:
                return Read(redis, command, milliseconds);
            default:
                return Deliver(redis, command, lifetime, milliseconds);
        }
    }

    // session-begin.lua
    private void Begin(SessionRedis redis, RedisProcess process, long now)
    {
        var isSame = mutation == SessionMutation.IgnoreReplicationId
            ? redis.Process.Run == process.Run
            : redis.Process == process;
        if (!isSame)
        {
            (redis.Process, redis.Epoch) = (process, new(process, now));
            for (var session = 0; session < redis.Waiting.Length; session++)
            {
                var isKept = redis.Waiting[session] == 0 || mutation == SessionMutation.ContinueEpoch;
                redis.Waiting[session] = isKept ? redis.Waiting[session] : -1;
            }
        }

        var milliseconds = now / 1000;
        for (var session = 0; session < redis.Waiting.Length; session++)
        {
            if (redis.Waiting[session] != 0 && redis.Waiting[session] <= milliseconds)
            {
                var record = redis.Sessions[session];
                redis.Sessions[session] = record.State == SessionState.None ? record : record with { State = SessionState.Expired };
                (redis.Keys[session], redis.Waiting[session]) = (0, 0);
            }
        }

        for (var session = 0; session < redis.Ends.Length; session++)
        {
            if (redis.Ends[session] != 0 && redis.Ends[session] <= milliseconds)
            {
                redis.HighestMissed = (int)Math.Max(redis.HighestMissed, redis.Log[session]);
                (redis.Log[session], redis.Ends[session], redis.Sessions[session]) = (0, 0, SessionRecord.Absent);
                (redis.Waiting[session], redis.Index[session]) = (0, 0);
            }
        }
    }

    private SessionReply Add(SessionRedis redis, SessionCommand command, int capacity, long lifetime, long now)
    {
        if (command.Epoch != redis.Epoch && mutation != SessionMutation.AddInAnyEpoch)
        {
            return new(EpochEnded, redis.WaitingCount);
        }

        var session = command.Session;
        if (redis.Sessions[session].State != SessionState.None && mutation != SessionMutation.AddAgain)
        {
            return new(Known, redis.WaitingCount);
        }

        if (redis.WaitingCount >= capacity)
        {
            return new(Full, redis.WaitingCount);
        }

        redis.Last++;
        redis.Sessions[session] = new(
            redis.Last, SessionState.Waiting, redis.Epoch, now + lifetime, -1, 0, now + (2 * lifetime) + RecordMargin);
        (redis.Keys[session], redis.Waiting[session], redis.Log[session]) = (now + lifetime, now + lifetime, redis.Last);
        (redis.Ends[session], redis.Index[session]) = (now + (2 * lifetime), redis.Last);
        redis.HighestMissed = Math.Max(redis.HighestMissed, 0);
        return new(Added, redis.WaitingCount);
    }

    private SessionReply Find(SessionRedis redis, int session, long now)
    {
        var record = redis.Sessions[session];
        if (record.State == SessionState.None)
        {
            return new(0);
        }

        var state = StateOf(redis, record, now);
        return new(0)
        {
            Sessions = [(session, record.Number, state)],
            HasKey = state is SessionState.Waiting or SessionState.Claimed && redis.Keys[session] != 0,
        };
    }

    private SessionReply Claim(SessionRedis redis, SessionCommand command, long now)
    {
        var record = redis.Sessions[command.Session];
        var state = StateOf(redis, record, now);
        if (state == SessionState.Waiting)
        {
            var leaseEnds = command.Lease > 0 ? now + command.Lease : 0;
            if (mutation != SessionMutation.ClaimLeavesSession)
            {
                Finish(redis, command.Session, SessionState.Claimed, leaseEnds);
                redis.Sessions[command.Session] = redis.Sessions[command.Session] with { Ticket = command.Number, Lease = leaseEnds };
            }

            return new(1) { Lease = leaseEnds };
        }

        var isMine = record.Ticket == command.Number || mutation == SessionMutation.ClaimIgnoresTicket;
        return state == SessionState.Claimed && isMine && (command.Lease == 0 || record.Lease > now)
            ? new(1) { Lease = record.Lease }
            : new(0);
    }

    private SessionReply Acknowledge(SessionRedis redis, SessionCommand command, long now)
    {
        var record = redis.Sessions[command.Session];
        if (record.State == SessionState.None)
        {
            return new(0);
        }

        var isMine = record.Ticket == command.Number;
        if (isMine && mutation != SessionMutation.AcknowledgeLeavesKey)
        {
            redis.Keys[command.Session] = 0;
            redis.Sessions[command.Session] = record with { Lease = 0 };
        }

        return new(isMine ? 1 : 0) { Sessions = [(command.Session, record.Number, StateOf(redis, record, now))] };
    }

    private SessionReply List(SessionRedis redis, SessionCommand command, long now)
    {
        (int Session, int Number, SessionState State)[] found =
        [
            .. Enumerable.Range(0, redis.Index.Length)
                .Where(session => redis.Index[session] > 0)
                .OrderByDescending(session => redis.Index[session])
                .Select(session => (session, redis.Sessions[session].Number, StateOf(redis, redis.Sessions[session], now))),
        ];
        return new(found.Length > command.Number ? found[command.Number - 1].Number : 0) { Sessions = [.. found.Take(command.Number)] };
    }

    private static SessionReply Close(SessionRedis redis, int session)
    {
        var record = redis.Sessions[session];
        if (record.State == SessionState.None)
        {
            return new(0);
        }

        Finish(redis, session, SessionState.Closed);
        return new(0) { Sessions = [(session, record.Number, SessionState.Closed)] };
    }

    private SessionReply Read(SessionRedis redis, SessionCommand command, long now)
    {
        var after = command.Epoch != redis.Epoch || command.Number > redis.Last ? 0 : command.Number;
        var sessions = Enumerable.Range(0, redis.Log.Length)
            .Where(session => redis.Log[session] > after && redis.Sessions[session].State != SessionState.None)
            .OrderBy(session => redis.Log[session])
            .Select(session => (session, redis.Sessions[session].Number, StateOf(redis, redis.Sessions[session], now)));
        return new(Math.Max(redis.HighestMissed, 0)) { Epoch = redis.Epoch, Last = redis.Last, Sessions = [.. sessions.Take(PageLength)] };
    }

    private SessionReply Deliver(SessionRedis redis, SessionCommand command, long lifetime, long now)
    {
        var highest = redis.Deliveries[command.Consumer].Number;
        if (command.Number > highest && mutation != SessionMutation.ForgetDeliveries)
        {
            redis.Deliveries[command.Consumer] = new(command.Number, now + (3 * lifetime));
        }

        return new(highest);
    }

    private SessionState StateOf(SessionRedis redis, in SessionRecord record, long now)
    {
        var isOld = record.Epoch != redis.Epoch && mutation != SessionMutation.ContinueEpoch;
        return record.State == SessionState.Waiting && (record.Ends <= now || isOld) ? SessionState.Expired : record.State;
    }

    private static void Finish(SessionRedis redis, int session, SessionState state, long leaseEnds = 0)
    {
        redis.Sessions[session] = redis.Sessions[session] with { State = state };
        (redis.Waiting[session], redis.Log[session]) = (0, 0);
        redis.Keys[session] = redis.Keys[session] == 0 ? 0 : leaseEnds;
    }
}

/// <summary>A guard that is missing, to check that the explorer detects its absence.</summary>
internal enum SessionMutation
{
    None,

    /// <summary>Sessions of an earlier epoch can be claimed.</summary>
    ContinueEpoch,

    /// <summary>An epoch depends on the process of Redis only, and not on its replication.</summary>
    IgnoreReplicationId,

    /// <summary>A repeated add stores the session in another epoch.</summary>
    AddInAnyEpoch,

    /// <summary>A repeated add stores the session again.</summary>
    AddAgain,

    /// <summary>A claim returns the answer of another claim.</summary>
    ClaimIgnoresTicket,

    /// <summary>A claim does not end the session.</summary>
    ClaimLeavesSession,

    /// <summary>An acknowledgement deletes nothing.</summary>
    AcknowledgeLeavesKey,

    /// <summary>Deliveries are not recorded.</summary>
    ForgetDeliveries,
}
