using Rke.Wire;

namespace Rke.UdpBridge.Core;

/// <summary>
/// A request that waits for its response. The driver of the core derives a class that holds the caller.
/// </summary>
/// <remarks>
/// The datagram is not pooled: the transport may still hold a retransmission when the response arrives, and that
/// retransmission must never contain the bytes of another request. The datagram holds no secret that is not encrypted.
/// </remarks>
internal class PendingExchange
{
    private readonly ExpectedResponse _expected;
    private uint _random;

    public PendingExchange(in EncodedRequest request, CoinCipher? cipher, ResponseIv iv, TimeSpan deadline)
    {
        Datagram = request.Datagram;
        _expected = request.Expected;
        _random = request.Seed | 1;
        Cipher = cipher;
        Iv = iv;
        Deadline = deadline;
    }

    public byte[] Datagram { get; }

    public ref readonly ExpectedResponse Expected => ref _expected;

    public CoinCipher? Cipher { get; }

    public ResponseIv Iv { get; }

    public TimeSpan Deadline { get; }

    /// <summary>The only exchange that an open circuit breaker admits.</summary>
    public bool IsTrial { get; set; }

    /// <summary>The exchange has ended. The core sets it once.</summary>
    public bool IsFinished { get; set; }

    /// <summary>The exchange has ended because its caller has cancelled it, or because its deadline has passed.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>The path that the datagrams take.</summary>
    public ExchangePath? Path { get; set; }

    /// <summary>The next exchange with the same echo on the same path.</summary>
    public PendingExchange? SameEcho { get; set; }

    /// <summary>How many times the core has requested to send the datagram.</summary>
    public int Attempts { get; set; }

    public TimeSpan FirstSent { get; set; }

    public TimeSpan LastSent { get; set; }

    /// <summary>The wait after the last datagram, without jitter.</summary>
    public TimeSpan Wait { get; set; }

    /// <summary>How many times a datagram that could not be sent was sent again at once.</summary>
    public int Resends { get; set; }

    /// <summary>One refusal, which an earlier exchange may have caused, did not end this exchange.</summary>
    public bool WasRefused { get; set; }

    /// <inheritdoc cref="Exchange.IsUndelivered"/>
    public bool IsUndelivered { get; set; }

    /// <summary>An unsigned error (docs/WIRE.md §4).</summary>
    public (ResponseHeader Header, bool IsHeaderError)? Hint { get; set; }

    /// <summary>The value of <see cref="Attempts"/> when the first hint arrived.</summary>
    public int HintAttempt { get; set; }

    // The position in the timer wheel.
    public long DueTick { get; set; }

    public int Slot { get; set; } = -1;

    public PendingExchange? Previous { get; set; }

    public PendingExchange? Next { get; set; }

    /// <summary>The next random fraction, 0 to 1 (xorshift).</summary>
    public double NextFraction()
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return _random / (double)uint.MaxValue;
    }
}
