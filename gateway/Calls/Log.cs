using Rke.Gateway.Identity;

namespace Rke.Gateway.Calls;

/// <summary>Log messages of this feature. Event ids 1600 to 1699.</summary>
internal static partial class Log
{
    private static readonly EventId KeyHandedOutEvent = new(1600, nameof(KeyHandedOut));

    // Declared without [LoggerMessage], whose state cannot be formatted without strings.
    public static void KeyHandedOut(ILogger logger, in HandedOutPart part) =>
        logger.Log(LogLevel.Information, KeyHandedOutEvent, part, exception: null, static (part, _) => part.ToString());

    [LoggerMessage(
        1601,
        LogLevel.Information,
        "The key of session {SessionId} was handed out to {Caller} ({CallerKind}).")]
    public static partial void SessionHandedOut(ILogger logger, string caller, CallerKind callerKind, string sessionId);

    [LoggerMessage(1602, LogLevel.Information, "The KME key {KeyId} was handed out to SAE {Sae} ({Caller}).")]
    public static partial void KmeKeyHandedOut(ILogger logger, string keyId, string sae, string caller);
}
