using System.Buffers;
using Rke.Gateway.Calls;

namespace Rke.Gateway.Json;

/// <summary>
/// The body of the response to a JSON call. It keeps what the transcoder writes until a message is complete. Then it puts the secrets into
/// the text, sends it, and clears it.
/// </summary>
internal sealed class JsonResponseBody(Stream inner, JsonSecrets secrets) : Stream
{
    private byte[] _text = [];
    private int _length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Sends the text so far.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        secrets.Fill(_text.AsSpan(0, _length));
        secrets.ThrowIfHidden();
        await inner.WriteAsync(_text.AsMemory(0, _length), cancellationToken);
        _text.AsSpan(0, _length).Clear();
        _length = 0;
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await SendAsync(cancellationToken);
        await inner.FlushAsync(cancellationToken);
    }

    public override void Flush() => throw new NotSupportedException();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_text.Length - _length < buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(2 * (_length + buffer.Length));
            _text.AsSpan(0, _length).CopyTo(larger);
            Release();
            _text = larger;
        }

        buffer.CopyTo(_text.AsSpan(_length));
        _length += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Release();
        base.Dispose(disposing);
    }

    private void Release()
    {
        if (_text.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_text, clearArray: true);
            _text = [];
        }
    }
}
