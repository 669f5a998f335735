using System.Buffers;

namespace Rke.Grpc.Framing;

/// <summary>One growing run of pooled bytes. Cleared when given back, for it may have held secrets.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int InitialSize = 1024;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Length);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public void Dispose()
    {
        Return();
        _bytes = [];
        Length = 0;
    }

    private void Reserve(int sizeHint)
    {
        var needed = checked(Length + Math.Max(sizeHint, 1));
        if (needed <= _bytes.Length)
        {
            return;
        }

        var doubled = (uint)_bytes.Length * 2;
        var size = Math.Clamp(doubled, Math.Max(needed, InitialSize), Array.MaxLength);
        var larger = ArrayPool<byte>.Shared.Rent((int)size);
        _bytes.AsSpan(0, Length).CopyTo(larger);
        Return();
        _bytes = larger;
    }

    private void Return()
    {
        if (_bytes.Length > 0)
        {
            _bytes.AsSpan(0, Length).Clear();
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
