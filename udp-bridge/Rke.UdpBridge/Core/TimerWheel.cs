using System.Numerics;

namespace Rke.UdpBridge.Core;

/// <summary>
/// Sorts the pending exchanges by the time when they are due: a ring of slots of 2 ms, each with a list of exchanges.
/// Adding and removing takes constant time. An exchange that is due after more than one turn of the ring stays in its
/// slot.
/// </summary>
internal sealed class TimerWheel
{
    private const int SlotCount = 512;
    private const int SlotMask = SlotCount - 1;
    private const int WordBits = 64;

    private readonly PendingExchange?[] _slots = new PendingExchange?[SlotCount];
    private readonly ulong[] _occupied = new ulong[SlotCount / WordBits];
    private long _cursor;

    /// <summary>Times are rounded up to a multiple of this.</summary>
    public static TimeSpan TickLength => TimeSpan.FromMilliseconds(2);

    /// <summary>The first tick that is not before <paramref name="time"/>.</summary>
    public static long TickOf(TimeSpan time) => (time.Ticks + TickLength.Ticks - 1) / TickLength.Ticks;

    public static TimeSpan TimeOf(long tick) => TimeSpan.FromTicks(tick * TickLength.Ticks);

    /// <summary>Adds an exchange that is in no slot.</summary>
    public void Add(PendingExchange exchange, long tick)
    {
        exchange.DueTick = Math.Max(tick, _cursor);
        var slot = (int)(exchange.DueTick & SlotMask);
        exchange.Slot = slot;
        exchange.Previous = null;
        exchange.Next = _slots[slot];
        if (exchange.Next is not null)
        {
            exchange.Next.Previous = exchange;
        }

        _slots[slot] = exchange;
        _occupied[slot / WordBits] |= 1UL << (slot % WordBits);
    }

    /// <summary>Removes an exchange if it is in a slot.</summary>
    public void Remove(PendingExchange exchange)
    {
        if (exchange.Slot < 0)
        {
            return;
        }

        if (exchange.Previous is null)
        {
            _slots[exchange.Slot] = exchange.Next;
        }
        else
        {
            exchange.Previous.Next = exchange.Next;
        }

        if (exchange.Next is not null)
        {
            exchange.Next.Previous = exchange.Previous;
        }

        if (_slots[exchange.Slot] is null)
        {
            _occupied[exchange.Slot / WordBits] &= ~(1UL << (exchange.Slot % WordBits));
        }

        exchange.Slot = -1;
        exchange.Previous = null;
        exchange.Next = null;
    }

    /// <summary>Moves all exchanges that are due to <paramref name="due"/>.</summary>
    public void Advance(TimeSpan now, List<PendingExchange> due)
    {
        var tick = now.Ticks / TickLength.Ticks;

        // After a long pause, one turn visits every slot.
        for (var at = Math.Max(_cursor, tick - SlotMask); at <= tick; at++)
        {
            for (var exchange = _slots[at & SlotMask]; exchange is not null;)
            {
                var next = exchange.Next;
                if (exchange.DueTick <= tick)
                {
                    Remove(exchange);
                    due.Add(exchange);
                }

                exchange = next;
            }
        }

        _cursor = Math.Max(_cursor, tick + 1);
    }

    /// <summary>No exchange is due before this tick. Null if there is no exchange.</summary>
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

        // The bits before the cursor in the word of the cursor.
        var rest = _occupied[first / WordBits];
        return rest == 0 ? null : _cursor + SlotCount - (first % WordBits) + BitOperations.TrailingZeroCount(rest);
    }
}
