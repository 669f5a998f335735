using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// A request in flight. What changes is guarded by its link's lock; whoever sets <see cref="IsFinished"/> there
/// completes it afterwards, outside of the lock.
/// </summary>
/// <remarks>
/// The datagram is not pooled: a retransmission may still be in the socket's hands when the answer comes, and must
/// never carry another request's bytes. It holds no secret that is not encrypted.
/// </remarks>
internal sealed class PendingCall : IValueTaskSource<Exchange>
{
    private ManualResetValueTaskSourceCore<Exchange> _completion = new() { RunContinuationsAsynchronously = true };
    private readonly ExpectedResponse _expected;
    private uint _random;

    public PendingCall(ServerLink link, byte[] datagram, in ExpectedResponse expected, uint random)
    {
        Link = link;
        Datagram = datagram;
        _expected = expected;
        _random = random | 1;
    }

    public ServerLink Link { get; }

    public byte[] Datagram { get; }

    public ref readonly ExpectedResponse Expected => ref _expected;

    public CoinCipher? Cipher { get; init; }

    public ResponseIv Iv { get; init; }

    public TimeSpan Deadline { get; init; }

    public CancellationToken CancellationToken { get; init; }

    public CancellationTokenRegistration Registration { get; set; }

    /// <summary>The one call that an open breaker lets through.</summary>
    public bool IsTrial { get; set; }

    public UdpChannel? Channel { get; set; }

    /// <summary>The next call with the same echo on the same socket.</summary>
    public PendingCall? SameEcho { get; set; }

    public bool IsFinished { get; set; }

    public int Attempts { get; set; }

    public TimeSpan FirstSent { get; set; }

    public TimeSpan LastSent { get; set; }

    /// <summary>The wait after the last datagram, before jitter.</summary>
    public TimeSpan Wait { get; set; }

    /// <summary>A refusal that may have been meant for an earlier call has been forgiven once.</summary>
    public bool WasRefused { get; set; }

    /// <summary>An unsigned error (docs/WIRE.md §4).</summary>
    public (ResponseHeader Header, bool IsHeaderError)? Hint { get; set; }

    /// <summary>How many datagrams had been sent when the first hint came.</summary>
    public int HintAttempt { get; set; }

    public Activity? Activity { get; set; }

    public Activity? AttemptActivity { get; set; }

    // Place in the timer wheel.
    public long DueTick { get; set; }

    public int Slot { get; set; } = -1;

    public PendingCall? Previous { get; set; }

    public PendingCall? Next { get; set; }

    public ValueTask<Exchange> Task => new(this, _completion.Version);

    /// <summary>The next random fraction, 0 to 1, from the seed that the entropy source gave (xorshift).</summary>
    public double NextFraction()
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return _random / (double)uint.MaxValue;
    }

    public void SetResult(Exchange exchange) => _completion.SetResult(exchange);

    public void SetCancelled() => _completion.SetException(new OperationCanceledException(CancellationToken));

    Exchange IValueTaskSource<Exchange>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Exchange>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<Exchange>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}
