using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>
/// The receiver of the demonstration. Its gateway listens for Signals and collects the parts. The receiver watches for the session
/// and claims its key.
/// </summary>
internal sealed class SessionReceiver(RkeSessionService.RkeSessionServiceClient gateway)
{
    /// <summary>Waits for the first session and claims its key.</summary>
    public async Task<ClaimSessionResponse> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var watching = gateway.WatchSessions(new(), cancellationToken: cancellationToken);
        while (await watching.ResponseStream.MoveNext(cancellationToken))
        {
            if (watching.ResponseStream.Current.Session is { } session)
            {
                return await gateway.ClaimSessionAsync(
                    new() { SessionId = session.SessionId }, cancellationToken: cancellationToken);
            }
        }

        throw new InvalidOperationException("The gateway ended the stream before a session arrived.");
    }
}
