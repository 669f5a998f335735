using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>The way to one server.</summary>
public sealed class ServerLink
{
    internal ServerLink(ServerAddress address) => Address = address;

    public ServerAddress Address { get; }

    public ServerStatistics Statistics { get; } = new();

    /// <summary>
    /// Sends a request and waits for the answer. The payload is encoded before this returns, so it may be a ref struct.
    /// </summary>
    /// <param name="payload">What is asked.</param>
    /// <param name="seal">Null = type 0, unencrypted; the echo is then drawn here.</param>
    /// <param name="iv">Where the keystream of the answer starts.</param>
    /// <param name="deadline">When the answer is no longer wanted.</param>
    /// <param name="cancellationToken">Stops the retransmissions at once.</param>
    public ValueTask<Exchange> SendAsync<TPayload>(
        in TPayload payload, RequestSeal? seal, ResponseIv iv, DateTimeOffset deadline, CancellationToken cancellationToken)
        where TPayload : IPayload, allows ref struct =>
        throw new NotSupportedException(Address.ToString());
}
