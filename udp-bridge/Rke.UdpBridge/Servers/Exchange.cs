using System.Buffers;
using System.Net;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>The result of a request. Dispose it to clear the payload and return its memory.</summary>
/// <remarks>Not safe for use by several threads.</remarks>
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
            // The encrypted bytes, then room for the decrypted ones.
            _rented = ArrayPool<byte>.Shared.Rent(2 * _length);
            frame.SealedPayload.CopyTo(_rented);
        }
    }

    /// <summary>How the exchange ended.</summary>
    public ExchangeOutcome Outcome { get; }

    /// <summary>
    /// The status of the response if <see cref="Outcome"/> is Answered. The status of the unsigned error if it is Hinted.
    /// </summary>
    public WireStatus Status { get; }

    /// <summary>The status byte of the datagram.</summary>
    public byte StatusByte { get; }

    /// <summary>The status is a header error (docs/WIRE.md §8), not a status of the command.</summary>
    public bool IsHeaderError { get; }

    /// <summary>The RAIDA id of the server.</summary>
    public byte RaidaId { get; }

    /// <summary>The address of the server.</summary>
    public IPEndPoint Server { get; }

    /// <summary>The execution time that the server reports.</summary>
    public TimeSpan ExecutionTime { get; }

    /// <summary>How many times the datagram was sent.</summary>
    public int Attempts { get; internal init; }

    /// <summary>
    /// The request certainly did not reach the server: no datagram was sent, or an ICMP message can only belong to the
    /// only datagram.
    /// </summary>
    public bool IsUndelivered { get; internal init; }

    /// <summary>The time from the first datagram to the end of the exchange.</summary>
    public TimeSpan RoundTrip { get; internal init; }

    /// <summary>The time after which to try again. Null if it is unknown.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>
    /// The decrypted payload of the response, with the response IV of the request. <see cref="Dispose"/> clears it.
    /// </summary>
    public ReadOnlySpan<byte> Payload => _isOpen || _length == 0 ? Plain() : Open(_iv);

    /// <summary>
    /// Decrypts the payload with another response IV (docs/WIRE.md §6). <see cref="Payload"/> then returns the same
    /// bytes.
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

/// <summary>How an exchange ended.</summary>
public enum ExchangeOutcome
{
    /// <summary>A signed response arrived, with any status.</summary>
    Answered,

    /// <summary>Only an unsigned error arrived. It may be forged (docs/WIRE.md §4).</summary>
    Hinted,

    /// <summary>No response arrived before the deadline.</summary>
    TimedOut,

    /// <summary>The network reports that the server is unreachable, or that nothing listens at its address (ICMP).</summary>
    Unreachable,

    /// <summary>The circuit breaker is open. Nothing was sent.</summary>
    BreakerOpen,

    /// <summary>Too many requests are in flight. Nothing was sent.</summary>
    Overloaded,

    /// <summary>This machine could not send: it has no route, no socket or no permission.</summary>
    SendFailed,

    /// <summary>The bridge was shut down.</summary>
    Closed,
}
