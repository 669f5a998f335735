using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// Keys that one server of Redis answers for, in order: while any answer comes, the others are only slow.
/// </summary>
/// <param name="probe">A key beside them, to try whether they can be written.</param>
internal sealed class RedisLane(RedisKey probe)
{
    private long _lastReply;

    public RedisKey Probe => probe;

    /// <summary>When the last answer came, a timestamp.</summary>
    public long LastReply => Volatile.Read(ref _lastReply);

    public void Replied(long timestamp) => Volatile.Write(ref _lastReply, timestamp);
}
