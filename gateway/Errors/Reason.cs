namespace Rke.Gateway.Errors;

/// <summary>The stable reasons of <c>google.rpc.ErrorInfo</c> (docs/ERRORS.md).</summary>
internal static class Reason
{
    public const string InvalidField = "INVALID_FIELD";
    public const string KeyStartInvalid = "KEY_START_INVALID";
    public const string KeyLengthInvalid = "KEY_LENGTH_INVALID";
    public const string KeyNotFound = "KEY_NOT_FOUND";
    public const string CoinOverused = "COIN_OVERUSED";
    public const string CallerQuota = "CALLER_QUOTA";
    public const string Overloaded = "OVERLOADED";
    public const string MetadataTooLarge = "METADATA_TOO_LARGE";
    public const string MessageTooLarge = "MESSAGE_TOO_LARGE";
    public const string MessageUnreadable = "MESSAGE_UNREADABLE";
    public const string CoinOccupied = "COIN_OCCUPIED";
    public const string NoFreeCoin = "NO_FREE_COIN";
    public const string CoinUnknown = "COIN_UNKNOWN";
    public const string CoinRefused = "COIN_REFUSED";
    public const string KeyIdUsed = "KEY_ID_USED";
    public const string IdempotencyMismatch = "IDEMPOTENCY_MISMATCH";
    public const string TargetNotAllowed = "TARGET_NOT_ALLOWED";
    public const string GetKeyRefused = "GET_KEY_REFUSED";
    public const string SenderNotFound = "SENDER_NOT_FOUND";
    public const string RaidaOffline = "RAIDA_OFFLINE";
    public const string RaidaTimeout = "RAIDA_TIMEOUT";
    public const string RaidaUnreachable = "RAIDA_UNREACHABLE";
    public const string StateUnavailable = "STATE_UNAVAILABLE";
    public const string RaidaFailed = "RAIDA_FAILED";
    public const string GatewayFailed = "GATEWAY_FAILED";

    // Identity and policy (docs/SECURITY.md)
    public const string Unauthenticated = "UNAUTHENTICATED";
    public const string NotPermitted = "NOT_PERMITTED";

    // Names (docs/LOOKUP.md)
    public const string HostNotFound = "HOST_NOT_FOUND";
    public const string LookupUnavailable = "LOOKUP_UNAVAILABLE";
    public const string LookupConflict = "LOOKUP_CONFLICT";
    public const string LookupUnsupported = "LOOKUP_UNSUPPORTED";
    public const string NoSignalService = "NO_SIGNAL_SERVICE";

    // Accounts (docs/ACCOUNTS.md)
    public const string AccountInUse = "ACCOUNT_IN_USE";
    public const string AccountRefused = "ACCOUNT_REFUSED";
    public const string AccountUnusable = "ACCOUNT_UNUSABLE";
    public const string AccountFileNotWritten = "ACCOUNT_FILE_NOT_WRITTEN";
    public const string CertificateRefused = "CERTIFICATE_REFUSED";

    // Sessions (docs/SESSIONS.md)
    public const string NoCommonServer = "NO_COMMON_SERVER";
    public const string SessionFailed = "SESSION_FAILED";
    public const string SessionUnconfirmed = "SESSION_UNCONFIRMED";
    public const string SessionNotFound = "SESSION_NOT_FOUND";
    public const string SessionNotWaiting = "SESSION_NOT_WAITING";
    public const string SessionElsewhere = "SESSION_ELSEWHERE";
    public const string SessionKeyDeleted = "SESSION_KEY_DELETED";
    public const string SessionSealed = "SESSION_SEALED";
    public const string Stopping = "STOPPING";
}
