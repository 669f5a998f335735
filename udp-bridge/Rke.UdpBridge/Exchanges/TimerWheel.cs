using System.Numerics;

namespace Rke.UdpBridge;

/// <summary>
/// When each call in flight is due, in constant time however many there are: a ring of slots of 2 ms, each with a
/// list of calls. A call that is due after more than one turn of the ring waits in its slot. Not safe for use by
/// several threads.
/// </summary>
internal sealed class TimerWheel
{
    private const int SlotCount = 512;
    private const int SlotMask = SlotCount - 1;
    private const int WordBits = 64;

    private readonly PendingCall?[] _slots = new PendingCall?[SlotCount];
    private readonly ulong[] _occupied = new ulong[SlotCount / WordBits];
    private long _cursor;

    /// <summary>Times are rounded up to this.</summary>
    public static TimeSpan TickLength => TimeSpan.FromMilliseconds(2);

    /// <summary>The first tick that is not before <paramref name="time"/>.</summary>
    public static long TickOf(TimeSpan time) => (time.Ticks + TickLength.Ticks - 1) / TickLength.Ticks;

    public static TimeSpan TimeOf(long tick) => TimeSpan.FromTicks(tick * TickLength.Ticks);

    /// <summary>Puts in a call that is in no slot.</summary>
    public void Add(PendingCall call, long tick)
    {
        call.DueTick = Math.Max(tick, _cursor);
        var slot = (int)(call.DueTick & SlotMask);
        call.Slot = slot;
        call.Previous = null;
        call.Next = _slots[slot];
        if (call.Next is not null)
        {
            call.Next.Previous = call;
        }

        _slots[slot] = call;
        _occupied[slot / WordBits] |= 1UL << (slot % WordBits);
    }

    /// <summary>Takes a call out, if it is in.</summary>
    public void Remove(PendingCall call)
    {
        if (call.Slot < 0)
        {
            return;
        }

        if (call.Previous is null)
        {
            _slots[call.Slot] = call.Next;
        }
        else
        {
            call.Previous.Next = call.Next;
        }

        if (call.Next is not null)
        {
            call.Next.Previous = call.Previous;
        }

        if (_slots[call.Slot] is null)
        {
            _occupied[call.Slot / WordBits] &= ~(1UL << (call.Slot % WordBits));
        }

        call.Slot = -1;
        call.Previous = null;
        call.Next = null;
    }

    /// <summary>Takes out all calls that are due at a time.</summary>
    public void Advance(TimeSpan now, List<PendingCall> due)
    {
        var tick = now.Ticks / TickLength.Ticks;

        // After a long pause one turn visits every slot.
        for (var at = Math.Max(_cursor, tick - SlotMask); at <= tick; at++)
        {
            for (var call = _slots[at & SlotMask]; call is not null;)
            {
                var next = call.Next;
                if (call.DueTick <= tick)
                {
                    Remove(call);
                    due.Add(call);
                }

                call = next;
            }
        }

        _cursor = Math.Max(_cursor, tick + 1);
    }

    /// <summary>No call is due before this tick; null when there is none at all.</summary>
    public long? NextTick()
    {
        var first = (int)(_cursor & SlotMask);
        for (var distance = 0; distance < SlotCount;)
        {
            var slot = (first + distance) & SlotMask;
            var word = _occupied[slot / WordBits] >> (slot % WordBits);
            if (word != 0)
            {
                return _cursor + distance + BitOperations.TrailingZeroCount(word);
            }

            distance += WordBits - (slot % WordBits);
        }

        // The bits before the cursor in its own word.
        var rest = _occupied[first / WordBits];
        return rest == 0 ? null : _cursor + SlotCount - (first % WordBits) + BitOperations.TrailingZeroCount(rest);
    }
}
