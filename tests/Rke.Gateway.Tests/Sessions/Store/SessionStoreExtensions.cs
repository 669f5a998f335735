using System.Security.Cryptography;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Store;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions.Store;

internal static class SessionStoreExtensions
{
    public static string Id(this Session session) => SessionIds.TextOf(session);

    /// <summary>Claims a session once, without a lease.</summary>
    public static async ValueTask<bool> TryClaimAsync(this ISessionStore store, string id, CancellationToken cancellationToken)
    {
        var ticket = new SessionTicket(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), TimeSpan.Zero);
        return await store.ClaimAsync(id, ticket, cancellationToken) is not null;
    }
}
