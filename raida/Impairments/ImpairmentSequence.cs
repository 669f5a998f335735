using System.Buffers.Binary;
using Rke.UdpBridge;

namespace Rke.Raida.Impairments;

/// <summary>The simulated faults of one datagram.</summary>
internal readonly record struct DatagramImpairment(bool IsDropped, bool IsDuplicated, bool IsReordered, TimeSpan Delay);

/// <summary>
/// Chooses the faults of each datagram of one direction. The same seed gives the same sequence on every machine and
/// runtime, independently of the content of the datagrams.
/// </summary>
internal sealed class ImpairmentSequence(Impairment impairment, ulong seed)
{
    private readonly SeededEntropy _entropy = new(seed);

    /// <summary>
    /// Chooses the faults of the next datagram. It always draws four numbers, so that a change of one share does not
    /// change the other faults.
    /// </summary>
    public DatagramImpairment Next()
    {
        var isDropped = Draw() < impairment.Drop;
        var isDuplicated = Draw() < impairment.Duplicate;
        var isReordered = Draw() < impairment.Reorder;
        return new(isDropped, isDuplicated, isReordered, impairment.Delay + (impairment.Jitter * Draw()));
    }

    // A uniform number from 0 to 1, without 1.
    private double Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        _entropy.Fill(bytes);
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes) >> 11) * (1.0 / (1ul << 53));
    }
}
