using System.Buffers.Binary;

namespace Rke.UdpBridge;

/// <summary>
/// Returns the same bytes for the same seed (SplitMix64). Use it for tests and repeatable runs, never for secrets.
/// </summary>
public sealed class SeededEntropy(ulong seed) : IEntropySource
{
    private readonly Lock _gate = new();
    private ulong _state = seed;

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        lock (_gate)
        {
            while (!destination.IsEmpty)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(word, Next());
                var length = Math.Min(word.Length, destination.Length);
                word[..length].CopyTo(destination);
                destination = destination[length..];
            }
        }
    }

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
