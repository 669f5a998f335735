using Rke.UdpBridge.Transports.Native;

namespace Rke.UdpBridge.Transports;

/// <summary>One datagram, or those that one system call received.</summary>
internal readonly ref struct ReceivedDatagrams
{
    private readonly ReadOnlySpan<byte> _single;
    private readonly DatagramBatch? _batch;

    public ReceivedDatagrams(ReadOnlySpan<byte> datagram)
    {
        _single = datagram;
        Count = 1;
    }

    /// <param name="batch">The batch that received the datagrams.</param>
    /// <param name="count">How many of its buffers contain a datagram.</param>
    public ReceivedDatagrams(DatagramBatch batch, int count)
    {
        _batch = batch;
        Count = count;
    }

    public int Count { get; }

    public ReadOnlySpan<byte> this[int index] => _batch is null ? _single : _batch.Datagram(index);
}
