using System.Security.Cryptography;
using Rke.Gateway.Identity;
using Rke.Gateway.State;

namespace Rke.Gateway.Observability;

/// <summary>
/// One line in the category <c>Rke.Audit</c> for every key part and every session's key handed out. A part is named by the SHA-256 of its key id
/// hash: who knows the hash finds the line, but nobody can ask a key server with what the line says.
/// </summary>
internal sealed class KeyAudit(ILoggerFactory loggers, KeyMeter meter)
{
    public const string Category = "Rke.Audit";

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    public void HandedOut(CallerIdentity caller, ServerNumber server, PartHash hash)
    {
        meter.OnHandedOut(server);
        if (_logger.IsEnabled(LogLevel.Information))
        {
            Log.KeyHandedOut(_logger, caller.Name, caller.Kind, server.Network, server.RaidaId, DigestOf(hash));
        }
    }

    /// <summary>A session's key was handed out: to whoever initiated it, or claimed it.</summary>
    public void SessionHandedOut(CallerIdentity caller, string sessionId) =>
        Log.SessionHandedOut(_logger, caller.Name, caller.Kind, sessionId);

    /// <summary>How the audit names a key id hash.</summary>
    public static string DigestOf(PartHash hash)
    {
        Span<byte> bytes = stackalloc byte[PartHash.Length];
        hash.CopyTo(bytes);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        return Convert.ToHexStringLower(digest);
    }
}
