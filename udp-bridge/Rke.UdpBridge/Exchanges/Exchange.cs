using System.Buffers;
using System.Net;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>How one request ended. Dispose it to clear the payload and give its memory back.</summary>
/// <remarks>For one user at a time.</remarks>
public sealed class Exchange : IDisposable
{
    private readonly ExpectedResponse _expected;
    private readonly CoinCipher? _cipher;
    private readonly int _length;
    private ResponseIv _iv;
    private bool _isOpen;
    private byte[]? _rented;

    internal Exchange(ServerAddress address, ExchangeOutcome outcome)
    {
        Server = address.EndPoint;
        RaidaId = address.RaidaId;
        Outcome = outcome;
    }

    internal Exchange(
        ServerAddress address,
        ExchangeOutcome outcome,
        in ExpectedResponse expected,
        in ResponseHeader header,
        bool isHeaderError)
        : this(address, outcome)
    {
        _expected = expected;
        StatusByte = header.Status;
        IsHeaderError = isHeaderError;
        Status = WireStatuses.Interpret(expected.Profile, expected.Command, isHeaderError, header.Status);
        ExecutionTime = header.ExecutionTimeIn(expected.Profile);
    }

    internal Exchange(
        ServerAddress address, in ExpectedResponse expected, in ResponseFrame frame, ResponseIv iv, CoinCipher? cipher)
        : this(address, ExchangeOutcome.Answered, expected, frame.Header, frame.IsHeaderError)
    {
        _cipher = cipher;
        _iv = iv;
        _length = frame.SealedPayload.Length;
        if (_length > 0)
        {
            // Sealed bytes first, then room for the plain ones.
            _rented = ArrayPool<byte>.Shared.Rent(2 * _length);
            frame.SealedPayload.CopyTo(_rented);
        }
    }

    public ExchangeOutcome Outcome { get; }

    /// <summary>What the server says, if <see cref="Outcome"/> is Answered; what it may have said, if Hinted.</summary>
    public WireStatus Status { get; }

    /// <summary>The status as it stood on the wire.</summary>
    public byte StatusByte { get; }

    /// <summary>The status is one of docs/WIRE.md §8, not the command's own.</summary>
    public bool IsHeaderError { get; }

    /// <summary>The server that was asked.</summary>
    public byte RaidaId { get; }

    /// <summary>Where it was asked.</summary>
    public IPEndPoint Server { get; }

    /// <summary>How long the server says it worked.</summary>
    public TimeSpan ExecutionTime { get; }

    /// <summary>How many times the datagram was sent.</summary>
    public int Attempts { get; internal init; }

    /// <summary>From the first datagram to the end.</summary>
    public TimeSpan RoundTrip { get; internal init; }

    /// <summary>When it makes sense to try again, where that is known.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>
    /// The plain payload of the answer, under the response IV that the request was sent with; cleared by
    /// <see cref="Dispose"/>.
    /// </summary>
    public ReadOnlySpan<byte> Payload => _isOpen || _length == 0 ? Plain() : Open(_iv);

    /// <summary>
    /// Decrypts the payload under another response IV (docs/WIRE.md §6); <see cref="Payload"/> is what this returned
    /// from then on.
    /// </summary>
    public ReadOnlySpan<byte> Open(ResponseIv iv)
    {
        var plain = Plain();
        _rented.AsSpan(0, _length).CopyTo(plain);
        _cipher?.Apply(_expected.Nonce, _expected.FirstBlock(iv), plain);
        _iv = iv;
        _isOpen = true;
        return plain;
    }

    /// <summary>Clears the payload.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    private Span<byte> Plain()
    {
        ObjectDisposedException.ThrowIf(_length > 0 && _rented is null, this);
        return _rented.AsSpan(_length > 0 ? _length : 0, _length);
    }
}
