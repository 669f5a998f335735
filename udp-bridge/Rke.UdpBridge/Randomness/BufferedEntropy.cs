using System.Security.Cryptography;

namespace Rke.UdpBridge;

/// <summary>
/// Random bytes of the operating system for challenges and echoes, drawn for many requests at once: one call for a few
/// bytes costs as much as one for a kilobyte. Do not use it for secrets, because the next bytes wait in memory.
/// </summary>
internal sealed class BufferedEntropy : IEntropySource
{
    private const int Length = 1024;

    [ThreadStatic]
    private static byte[]? _buffer;

    [ThreadStatic]
    private static int _left;

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        var buffer = _buffer ??= new byte[Length];
        if (destination.Length > Length)
        {
            RandomNumberGenerator.Fill(destination);
            return;
        }

        if (_left < destination.Length)
        {
            RandomNumberGenerator.Fill(buffer);
            _left = Length;
        }

        // No byte is returned twice, and none stays in the buffer.
        var next = buffer.AsSpan(_left - destination.Length, destination.Length);
        next.CopyTo(destination);
        next.Clear();
        _left -= destination.Length;
    }
}
