using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Rke.Gateway.Idempotency;
using Rke.Gateway.Identity;
using Rke.UdpBridge;

namespace Rke.Gateway.Sessions.Store;

/// <summary>Makes the tickets of claims and of initiated sessions.</summary>
internal sealed class SessionTickets(IEntropySource entropy, IOptions<SessionsOptions> options)
{
    private const int RandomLength = 8;
    private const string Purpose = "rke.v1.RkeSessionService";

    /// <summary>
    /// The ticket of a caller for an idempotency key. It contains neither of them. Without a key, the ticket is random and has no lease.
    /// </summary>
    public SessionTicket Of(CallerIdentity caller, string idempotencyKey) =>
        idempotencyKey.Length > 0 ? new(TextOf(caller, idempotencyKey), options.Value.Lease) : new(Random(), TimeSpan.Zero);

    /// <summary>The text of the ticket of an idempotency key.</summary>
    public static string TextOf(CallerIdentity caller, string idempotencyKey) =>
        Convert.ToHexStringLower(SHA256.HashData(IdempotencyScope.Of(Purpose, caller).Qualify(idempotencyKey)));

    private string Random()
    {
        Span<byte> bytes = stackalloc byte[RandomLength];
        entropy.Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
