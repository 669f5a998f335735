using System.Buffers.Binary;
using Rke.UdpBridge;

namespace Rke.Raida.Impairments;

/// <summary>
/// The fates of the datagrams of one direction, one after another: the same seed gives the same fates, whatever the
/// datagrams are. They are the same on every machine and runtime.
/// </summary>
internal sealed class FateSequence(Impairment impairment, ulong seed)
{
    private readonly SeededEntropy _entropy = new(seed);

    /// <summary>Draws four numbers every time, so that one switch does not shift what another one does.</summary>
    public Fate Next()
    {
        var dropped = Draw() < impairment.Drop;
        var duplicated = Draw() < impairment.Duplicate;
        var overtaken = Draw() < impairment.Reorder;
        return new(dropped, duplicated, overtaken, impairment.Delay + (impairment.Jitter * Draw()));
    }

    private double Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        _entropy.Fill(bytes);
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes) >> 11) * (1.0 / (1ul << 53));
    }
}
