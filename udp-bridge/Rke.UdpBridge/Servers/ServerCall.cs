using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>A pending exchange with its caller.</summary>
internal sealed class ServerCall : PendingExchange, IValueTaskSource<Exchange>
{
    private ManualResetValueTaskSourceCore<Exchange> _completion = new() { RunContinuationsAsynchronously = true };

    public ServerCall(
        ServerLink link,
        in EncodedRequest request,
        CoinCipher? cipher,
        ResponseIv iv,
        TimeSpan deadline,
        CancellationToken cancellationToken)
        : base(request, cipher, iv, deadline)
    {
        Link = link;
        CancellationToken = cancellationToken;
    }

    public ServerLink Link { get; }

    public CancellationToken CancellationToken { get; }

    public CancellationTokenRegistration Registration { get; set; }

    /// <summary>The activity of the exchange.</summary>
    public Activity? Activity { get; set; }

    /// <summary>The activity of the last datagram.</summary>
    public Activity? AttemptActivity { get; set; }

    public ValueTask<Exchange> Task => new(this, _completion.Version);

    /// <param name="isInline">
    /// The caller continues on this thread, before this method returns. Otherwise it continues on the thread pool.
    /// </param>
    public void SetResult(Exchange exchange, bool isInline)
    {
        _completion.RunContinuationsAsynchronously = !isInline;
        _completion.SetResult(exchange);
    }

    public void SetCancelled() => _completion.SetException(new OperationCanceledException(CancellationToken));

    Exchange IValueTaskSource<Exchange>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Exchange>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<Exchange>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}
