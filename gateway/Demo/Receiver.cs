using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>
/// The other side: a small service that knows only its own gateway. That one listens for Signals and collects the parts;
/// the service hears of the session and claims its key.
/// </summary>
internal sealed class Receiver(RkeSessionService.RkeSessionServiceClient gateway)
{
    /// <summary>The key of the first session that arrives.</summary>
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
