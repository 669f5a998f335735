using Rke.UdpBridge.Core;

namespace Rke.UdpBridge;

/// <summary>Datagrams to send from one path.</summary>
internal sealed class OutgoingBatch
{
    /// <summary>The maximum number of datagrams.</summary>
    private const int Capacity = 64;

    [ThreadStatic]
    private static OutgoingBatch? _free;

    private readonly Transmit[] _transmits = new Transmit[Capacity];
    private readonly ReadOnlyMemory<byte>[] _datagrams = new ReadOnlyMemory<byte>[Capacity];

    private OutgoingBatch()
    {
    }

    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    public static OutgoingBatch Rent()
    {
        var batch = _free ?? new();
        _free = null;
        return batch;
    }

    public ref readonly Transmit this[int index] => ref _transmits[index];

    /// <summary>The datagrams from an index on.</summary>
    public ReadOnlySpan<ReadOnlyMemory<byte>> Datagrams(int first) => _datagrams.AsSpan(first, Count - first);

    /// <summary>
    /// Adds a datagram, unless its exchange has ended. The first datagram of an abandoned exchange is sent: its caller cannot see that it
    /// was not, and treats its part as stored.
    /// </summary>
    public void Add(in Transmit transmit)
    {
        if (!transmit.Exchange.IsFinished || (transmit.Exchange.IsAbandoned && transmit.Attempt == 1))
        {
            _transmits[Count] = transmit;
            _datagrams[Count] = transmit.Exchange.Datagram;
            Count++;
        }
    }

    public void Clear()
    {
        Array.Clear(_transmits, 0, Count);
        Array.Clear(_datagrams, 0, Count);
        Count = 0;
    }

    /// <summary>The caller does not use the batch any more.</summary>
    public void Return()
    {
        Clear();
        _free = this;
    }
}
