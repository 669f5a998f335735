using Rke.Model.Tests.Exploration;

namespace Rke.Model.Tests.Sessions;

/// <summary>
/// The keys of sessions in Redis (gateway/Sessions/Store/RedisSessionStore.cs). Sessions, consumers and claims are numbers from 0.
/// Times are milliseconds on the clock of Redis. 0 stands for an absent value, and -1 for a score or an expiry of 0.
/// </summary>
internal sealed class SessionRedis
{
    public SessionRedis(int sessions, int consumers)
    {
        Sessions = new SessionRecord[sessions];
        Array.Fill(Sessions, SessionRecord.Absent);
        (Keys, Waiting, Log, Ends) = (new long[sessions], new long[sessions], new long[sessions], new long[sessions]);
        Index = new long[sessions];
        Deliveries = new Delivery[consumers];
    }

    private SessionRedis(SessionRedis other)
    {
        (Process, Epoch, Last, HighestMissed) = (other.Process, other.Epoch, other.Last, other.HighestMissed);
        Sessions = [.. other.Sessions];
        Keys = [.. other.Keys];
        Waiting = [.. other.Waiting];
        Log = [.. other.Log];
        Ends = [.. other.Ends];
        Index = [.. other.Index];
        Deliveries = [.. other.Deliveries];
    }

    /// <summary>rke:{s}:n at.</summary>
    public RedisProcess Process { get; set; }

    /// <summary>rke:{s}:n life.</summary>
    public SessionEpoch Epoch { get; set; }

    /// <summary>rke:{s}:n last.</summary>
    public int Last { get; set; }

    /// <summary>rke:{s}:m of the only peer. -1 stands for an absent value.</summary>
    public int HighestMissed { get; set; } = -1;

    /// <summary>rke:{s}:s:id.</summary>
    public SessionRecord[] Sessions { get; }

    /// <summary>rke:{s}:k:id, the expiries.</summary>
    public long[] Keys { get; }

    /// <summary>rke:{s}:w, the scores.</summary>
    public long[] Waiting { get; }

    /// <summary>rke:{s}:l, the scores.</summary>
    public long[] Log { get; }

    /// <summary>rke:{s}:x, the scores.</summary>
    public long[] Ends { get; }

    /// <summary>rke:{s}:p of the only peer, the scores.</summary>
    public long[] Index { get; }

    /// <summary>rke:{s}:d:name.</summary>
    public Delivery[] Deliveries { get; }

    public int WaitingCount => Waiting.Count(score => score != 0);

    public SessionRedis Clone() => new(this);

    public bool IsSameAs(SessionRedis other) => ReferenceEquals(this, other) || (
        Process == other.Process && Epoch == other.Epoch && Last == other.Last && HighestMissed == other.HighestMissed
        && Sessions.AsSpan().SequenceEqual(other.Sessions) && Keys.AsSpan().SequenceEqual(other.Keys)
        && Waiting.AsSpan().SequenceEqual(other.Waiting) && Log.AsSpan().SequenceEqual(other.Log)
        && Ends.AsSpan().SequenceEqual(other.Ends) && Index.AsSpan().SequenceEqual(other.Index) && Deliveries.AsSpan().SequenceEqual(other.Deliveries));

    /// <summary>Removes the keys that expired before a time, ms.</summary>
    public void Expire(long now)
    {
        bool HasExpired(long expires) => expires > 0 && expires < now;

        for (var session = 0; session < Sessions.Length; session++)
        {
            Sessions[session] = HasExpired(Sessions[session].Expires) ? SessionRecord.Absent : Sessions[session];
            Keys[session] = HasExpired(Keys[session]) ? 0 : Keys[session];
        }

        for (var consumer = 0; consumer < Deliveries.Length; consumer++)
        {
            Deliveries[consumer] = HasExpired(Deliveries[consumer].Expires) ? default : Deliveries[consumer];
        }
    }

    public void Write(StateWriter writer)
    {
        Process.Write(writer);
        Epoch.Write(writer);
        writer.Write(Last);
        writer.Write(HighestMissed);
        for (var session = 0; session < Sessions.Length; session++)
        {
            Sessions[session].Write(writer);
            writer.Write(Keys[session]);
            writer.Write(Waiting[session]);
            writer.Write(Log[session]);
            writer.Write(Ends[session]);
            writer.Write(Index[session]);
        }

        foreach (var delivery in Deliveries)
        {
            writer.Write(delivery.Number);
            writer.Write(delivery.Expires);
        }
    }
}

/// <summary>The process of Redis: run_id and master_replid. Numbers from 1.</summary>
internal readonly record struct RedisProcess(int Run, int Replication)
{
    public void Write(StateWriter writer)
    {
        writer.Write(Run);
        writer.Write(Replication);
    }
}

/// <summary>An epoch: the process and the time of its first script, µs. The scripts use a hash of both.</summary>
internal readonly record struct SessionEpoch(RedisProcess Process, long Began)
{
    public void Write(StateWriter writer)
    {
        Process.Write(writer);
        writer.Write(Began);
    }
}

internal enum SessionState
{
    None,
    Waiting,
    Claimed,
    Closed,
    Expired,
}

/// <param name="Ticket">The claim that got the session. -1 if there is none.</param>
/// <param name="Lease">The end of the lease of the claim. 0 without a lease, or after an acknowledgement.</param>
internal readonly record struct SessionRecord(
    int Number, SessionState State, SessionEpoch Epoch, long Ends, int Ticket, long Lease, long Expires)
{
    public static readonly SessionRecord Absent = new(0, SessionState.None, default, 0, -1, 0, 0);

    public void Write(StateWriter writer)
    {
        writer.Write(Number);
        writer.Write((int)State);
        Epoch.Write(writer);
        writer.Write(Ends);
        writer.Write(Ticket);
        writer.Write(Lease);
        writer.Write(Expires);
    }
}

/// <summary>The highest number that was delivered to a consumer.</summary>
internal readonly record struct Delivery(int Number, long Expires);
