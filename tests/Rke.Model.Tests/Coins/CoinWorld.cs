using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Coins;

/// <summary>
/// Two replicas of the gateway, their Redis, one key server and its coins (docs/MODEL.md). Each method of the kind Add… adds the steps
/// of one party. A step is one action of a party: a script in Redis, the processing of a reply, a datagram, a failure, or the passing
/// of time. The parties are independent, so the steps occur in every order.
/// </summary>
internal sealed partial class CoinWorld : IWorld<CoinWorld>
{
    private const int MaxTries = 3;

    private readonly CoinSetup _setup;
    private readonly CoinScripts _scripts;
    private readonly Action<CoinRedis, CoinCommand, long>? _onScript;

    private readonly Replica[] _replicas;
    private readonly Call[] _calls;
    private readonly Post[] _posts;
    private readonly int[] _slots;
    private readonly int[] _slotsEnd;
    private readonly List<Sent> _wire;
    private CoinRedis _redis;
    private CoinRedis? _standby;
    private bool _isStandbyBehind;
    private int _now;
    private int _losses;
    private int _flushes;
    private int _restartsWithoutData;
    private int _restartsWithData;
    private int _failovers;
    private int _crashes;
    private int _lostReplies;

    /// <param name="onScript">Receives each state of Redis and each command that runs in it.</param>
    public CoinWorld(CoinSetup setup, Action<CoinRedis, CoinCommand, long>? onScript = null)
    {
        (_setup, _onScript) = (setup, onScript);
        _scripts = new(setup.Times, setup.Mutation);
        _redis = new(setup.Coins, setup.Calls, setup.Tickets) { Epoch = CoinClock.At(-1) };
        _standby = setup.Failovers > 0 ? _redis.Clone() : null;
        _replicas = new Replica[CoinSetup.Replicas];
        for (var replica = 0; replica < CoinSetup.Replicas; replica++)
        {
            _replicas[replica] = new(setup.Coins) { Epoch = _redis.Epoch };
        }

        _calls = new Call[setup.Calls];
        _posts = new Post[setup.Tickets];
        Array.Fill(_posts, new(Outcome.Pending, Datagram.None, 0, -1, CoinRedis.None, HasExcuse: false, IsLost: false));
        _slots = new int[setup.Coins];
        _slotsEnd = new int[setup.Coins];
        Array.Fill(_slots, CoinRedis.None);
        _wire = [];
        _flushes = setup.Flushes;
        _restartsWithoutData = setup.RestartsWithoutData;
        _restartsWithData = setup.RestartsWithData;
        _failovers = setup.Failovers;
        _crashes = setup.Crashes;
        _lostReplies = setup.LostReplies;
    }

    private CoinWorld(CoinWorld other)
    {
        (_setup, _scripts, _onScript) = (other._setup, other._scripts, other._onScript);
        _redis = other._redis.Clone();
        (_standby, _isStandbyBehind) = (other._standby, other._isStandbyBehind);
        _replicas = Array.ConvertAll(other._replicas, replica => replica.Clone());
        _calls = [.. other._calls];
        _posts = [.. other._posts];
        _slots = [.. other._slots];
        _slotsEnd = [.. other._slotsEnd];
        _wire = [.. other._wire];
        (_now, _losses) = (other._now, other._losses);
        (_flushes, _restartsWithoutData, _restartsWithData, _failovers, _crashes, _lostReplies) = (
            other._flushes, other._restartsWithoutData, other._restartsWithData, other._failovers, other._crashes, other._lostReplies);
    }

    private long Clock => CoinClock.At(_now, _losses);

    public void AddSteps(List<Step<CoinWorld>> steps)
    {
        AddCalls(steps);
        AddCommands(steps);
        AddRestores(steps);
        AddServer(steps);
        AddReaders(steps);
        AddFailures(steps);
        AddTick(steps);
    }

    public string? Unfinished()
    {
        var call = Array.FindIndex(_calls, call => call.IsActive);
        return call < 0 ? null : $"call {call} has not ended";
    }

    public void Write(StateWriter writer)
    {
        _redis.Write(writer, IsReserving);
        _standby?.Write(writer, IsReserving);
        writer.Write(_isStandbyBehind);
        foreach (var replica in _replicas)
        {
            replica.Write(writer);
        }

        for (var call = 0; call < _calls.Length; call++)
        {
            WriteCall(writer, call);
        }

        for (var coin = 0; coin < _slots.Length; coin++)
        {
            writer.Write(_slots[coin]);
            writer.Write(_slotsEnd[coin]);
        }

        writer.WriteUnordered(_wire, static (writer, sent) =>
        {
            sent.Command.Write(writer);
            writer.Write(sent.Call);
            writer.Write(sent.At);
        });
        writer.Write(_now);
        writer.Write(_losses);
        writer.Write(_flushes);
        writer.Write(_restartsWithoutData);
        writer.Write(_restartsWithData);
        writer.Write(_failovers);
        writer.Write(_crashes);
        writer.Write(_lostReplies);
    }

    private bool IsReserving(int ticket) =>
        _wire.Exists(sent => sent.Command.Script == CoinScript.Reserve && sent.Command.Ticket == ticket);

    // A call without further effects is the same as any other one.
    private void WriteCall(StateWriter writer, int call)
    {
        var first = call * _setup.Attempts;
        if (_calls[call].Phase == CallPhase.Ended && !Enumerable.Range(first, _setup.Attempts).Any(IsUsed))
        {
            writer.Write((int)CallPhase.Ended);
            return;
        }

        _calls[call].Write(writer);
        for (var ticket = first; ticket < first + _setup.Attempts; ticket++)
        {
            _posts[ticket].Write(writer);
        }
    }

    private bool IsUsed(int ticket)
    {
        bool Uses(CoinCommand command) => command.Ticket == ticket || command.Part == CallOf(ticket);

        return _posts[ticket].Datagram == Datagram.Sent
            || Array.IndexOf(_slots, ticket) >= 0
            || Array.Exists(_redis.Coins, coin => coin.Ticket == ticket)
            || (_standby is not null && Array.Exists(_standby.Coins, coin => coin.Ticket == ticket))
            || Array.Exists(_replicas, replica => Array.Exists(replica.Held, held => held.Ticket == ticket) || replica.Queue.Exists(Uses))
            || _wire.Exists(sent => Uses(sent.Command));
    }

    private static void Add(List<Step<CoinWorld>> steps, Label label, CoinWorld next, string? violation = null) =>
        steps.Add(new(label, next, violation ?? next.FindIdleCoin() ?? next.FindUnprotectedPart()));

    private CoinReply Run(CoinCommand command)
    {
        _onScript?.Invoke(_redis, command, Clock);
        _isStandbyBehind = _standby is not null;
        return _scripts.Run(_redis, command, Clock);
    }

    private Replica ReplicaOf(int ticket) => _replicas[_calls[CallOf(ticket)].Replica];

    private int CallOf(int ticket) => ticket / _setup.Attempts;

    private int TicketOf(int call) => (call * _setup.Attempts) + _calls[call].Attempt;

    // The reason for which a coin is occupied, or a violation.
    private string? FindIdleCoin()
    {
        for (var coin = 0; coin < _slots.Length; coin++)
        {
            var (occupiedUntil, ticket, _, _, _) = _redis.Coins[coin];
            if (occupiedUntil <= Clock)
            {
                continue;
            }

            var post = _posts[ticket];
            if (occupiedUntil > CoinClock.At(post.GrantedAt) + (_setup.Lifetime * CoinClock.Tick) + (CoinClock.Tick / 2))
            {
                return $"Coin {coin} is occupied for longer than the lifetime of its part.";
            }

            if (post.HasExcuse || IsReleasePending(ticket))
            {
                continue;
            }

            var isIdle = post.Outcome switch
            {
                Outcome.Pending => !_calls[CallOf(ticket)].IsActive || TicketOf(CallOf(ticket)) != ticket,
                Outcome.Readable => _slots[coin] != ticket && post.Datagram != Datagram.Sent,
                Outcome.Orphaned => occupiedUntil > Clock + (CoinSetup.DatagramLifetime * CoinClock.Tick),
                _ => true,
            };
            if (isIdle)
            {
                return $"Coin {coin} stays occupied without a part.";
            }
        }

        return null;
    }

    // After the grace period, Redis must refuse the coin of each part that must not be overwritten, until the part expires. Otherwise
    // the next reservation of the coin could overwrite it.
    private string? FindUnprotectedPart()
    {
        if (_redis.Epoch == 0
            || Clock - _redis.Epoch < _setup.Times.Grace
            || Array.Exists(_replicas, replica => !replica.IsUp || replica.Restoring.Phase != RestorePhase.None))
        {
            return null;
        }

        for (var ticket = 0; ticket < _posts.Length; ticket++)
        {
            var post = _posts[ticket];
            if (post.Outcome is Outcome.Pending or Outcome.Readable
                && (post.Datagram == Datagram.Sent || (post.Datagram == Datagram.Stored && _slots[post.Coin] == ticket))
                && _now < post.GrantedAt + _setup.Lifetime
                && _redis.Coins[post.Coin].OccupiedUntil < CoinClock.At(post.GrantedAt) + (_setup.Lifetime * CoinClock.Tick))
            {
                return $"The part of call {CallOf(ticket)} is unread, but Redis would grant its coin {post.Coin} too early.";
            }
        }

        return null;
    }

    private bool IsReleasePending(int ticket)
    {
        bool Releases(CoinCommand command) => command.Script switch
        {
            CoinScript.Complete or CoinScript.Withdraw => command.Ticket == ticket,
            CoinScript.Free or CoinScript.Find => command.Part == CallOf(ticket),
            _ => false,
        };

        return Array.Exists(_replicas, replica => replica.Queue.Exists(Releases)) || _wire.Exists(sent => Releases(sent.Command));
    }
}

/// <summary>A command that was sent, and has not run yet.</summary>
/// <param name="Call">The call that waits for the reply.</param>
/// <param name="At">The tick at which it was sent.</param>
internal readonly record struct Sent(CoinCommand Command, int Call, int At);

/// <summary>One replica of the gateway.</summary>
internal sealed class Replica(int coins)
{
    /// <summary>The last epoch that the replica has seen; 0 if none.</summary>
    public long Epoch { get; set; }

    /// <summary>Whether the circuit is closed.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>The coins that the replica has reserved.</summary>
    public Holding[] Held { get; private init; } = Enumerable.Repeat(Holding.None, coins).ToArray();

    /// <summary>Commands without a caller that waits for them. They run in any order.</summary>
    public List<CoinCommand> Queue { get; private init; } = [];

    public Restoring Restoring { get; set; }

    public Replica Clone() => new(0)
    {
        Epoch = Epoch,
        IsUp = IsUp,
        Held = [.. Held],
        Queue = [.. Queue],
        Restoring = Restoring,
    };

    public void Write(StateWriter writer)
    {
        writer.Write(Epoch);
        writer.Write(IsUp);
        foreach (var held in Held)
        {
            writer.Write(held.Ticket);
            writer.Write(held.Since);
            writer.Write(held.Ends);
        }

        writer.WriteUnordered(Queue, static (writer, command) => command.Write(writer));
        writer.Write((int)Restoring.Phase);
        writer.Write(Restoring.Expected);
        writer.Write(Restoring.Found);
    }
}

/// <summary>A coin that a replica has reserved. Times are ticks.</summary>
internal readonly record struct Holding(int Ticket, int Since, int Ends)
{
    public static readonly Holding None = new(CoinRedis.None, 0, 0);
}

/// <summary>A restore in progress: the epoch that the replica sent, and the epoch in the reply.</summary>
internal readonly record struct Restoring(RestorePhase Phase, long Expected, long Found);

internal enum RestorePhase
{
    None,

    /// <summary>The script has run, and the replica has not processed the reply.</summary>
    Replied,

    /// <summary>The reply had another epoch, so the replica sends the script again.</summary>
    Again,
}

/// <summary>A PostKey call. Its number is the number of its part.</summary>
internal readonly record struct Call(CallPhase Phase, int Replica, int Started, int Attempt, int Tries, int Offset, int Suggestions)
{
    public bool IsActive => Phase is not CallPhase.NotStarted and not CallPhase.Ended;

    public CoinReply? Reply { get; init; }

    /// <summary>The candidates of the last reservation script.</summary>
    public int[] Candidates { get; init; } = [];

    public long Epoch { get; init; }

    /// <summary>Whether the reservations of the call use the index.</summary>
    public bool UsesIndex { get; init; }

    public void Write(StateWriter writer)
    {
        writer.Write((int)Phase);
        writer.Write(UsesIndex);
        writer.Write(Replica);
        writer.Write(Started);
        writer.Write(Attempt);
        writer.Write(Tries);
        writer.Write(Offset);
        writer.Write(Suggestions);
        writer.Write(Epoch);
        foreach (var candidate in Candidates ?? [])
        {
            writer.Write(candidate);
        }

        foreach (var number in Reply?.Numbers ?? [])
        {
            writer.Write(number);
        }

        foreach (var coin in Reply?.Coins ?? [])
        {
            writer.Write(coin);
        }

        writer.Write(Reply is null);
    }
}

internal enum CallPhase
{
    NotStarted,

    /// <summary>The reservation was sent to Redis.</summary>
    Reserving,

    /// <summary>The reservation has run, and the replica has not processed the reply.</summary>
    Replied,

    /// <summary>The reservation named another epoch. The replica must restore its coins first.</summary>
    Restoring,

    /// <summary>The coin is reserved.</summary>
    Reserved,

    /// <summary>The datagram was sent.</summary>
    Sent,

    Ended,
}

/// <summary>One reservation and its datagram.</summary>
/// <param name="SentAt">The tick at which the datagram was sent.</param>
/// <param name="GrantedAt">The tick of the reservation.</param>
/// <param name="Coin">The reserved coin.</param>
/// <param name="HasExcuse">The coin may stay occupied until the lifetime of the part ends.</param>
/// <param name="IsLost">The replica that reserved the coin has restarted, so Redis has the only record.</param>
internal readonly record struct Post(
    Outcome Outcome, Datagram Datagram, int SentAt, int GrantedAt, int Coin, bool HasExcuse, bool IsLost)
{
    public void Write(StateWriter writer)
    {
        writer.Write((int)Outcome);
        writer.Write((int)Datagram);
        writer.Write(SentAt);
        writer.Write(GrantedAt);
        writer.Write(Coin);
        writer.Write(HasExcuse);
        writer.Write(IsLost);
    }
}

internal enum Outcome
{
    /// <summary>The call is in progress, and may end with success.</summary>
    Pending,

    /// <summary>A receiver may read the part. It must not be overwritten.</summary>
    Readable,

    /// <summary>The server may have the part, but no receiver can read it.</summary>
    Orphaned,

    /// <summary>The server does not have the part.</summary>
    NotStored,
}

internal enum Datagram
{
    None,
    Sent,
    Stored,
    Overused,
    Gone,
}
