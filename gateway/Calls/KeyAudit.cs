using Rke.Gateway.Identity;
using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>
/// The audit log, category <c>Rke.Audit</c>: one line for each key part and each session key that the gateway returns.
/// A line names a part by the SHA-256 of its key id hash. The hash itself would be enough to fetch the part.
/// </summary>
internal sealed class KeyAudit(ILoggerFactory loggers, KeyMeter meter)
{
    public const string Category = "Rke.Audit";

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    public void HandedOut(CallerIdentity caller, ServerId server, KeyIdHash hash)
    {
        meter.OnHandedOut(server);
        if (_logger.IsEnabled(LogLevel.Information))
        {
            Log.KeyHandedOut(_logger, new(caller, server, PartDigest.Of(hash)));
        }
    }

    /// <summary>The key of a session was returned to the caller that initiated or claimed it.</summary>
    public void SessionHandedOut(CallerIdentity caller, string sessionId) =>
        Log.SessionHandedOut(_logger, caller.Name, caller.Kind, sessionId);

    /// <summary>A key of the KME was returned to a SAE.</summary>
    /// <param name="keyId">The id of the key, which is not secret.</param>
    public void KmeKeyHandedOut(CallerIdentity caller, string sae, string keyId) =>
        Log.KmeKeyHandedOut(_logger, keyId, sae, caller.Name);
}
