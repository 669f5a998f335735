namespace Rke.Cli;

/// <summary>What the user can do about each reason of google.rpc.ErrorInfo (docs/ERRORS.md).</summary>
internal static class ReasonAdvice
{
    /// <summary>Null for a reason that this version of rkectl does not have.</summary>
    public static string? For(string reason) => reason switch
    {
        "INVALID_FIELD" => "Correct the fields above.",
        "KEY_START_INVALID" => "Omit --key-start, or use a value at which the part fits into the padding of 128 bytes.",
        "KEY_LENGTH_INVALID" => "Use a key part of 4, 8, 16, 24, 32 or 40 bytes.",
        "KEY_NOT_FOUND" => "The part was already read, has expired, or is on another server. A server hands out a part once.",
        "COIN_OVERUSED" => "Wait, or use another coin with --coin.",
        "CALLER_QUOTA" => "Wait, or ask the gateway's operator for a larger quota.",
        "OVERLOADED" => "Wait and try again. The gateway has too many calls in progress.",
        "METADATA_TOO_LARGE" => "Send less metadata, for example a shorter token.",
        "MESSAGE_TOO_LARGE" => "Send a smaller request, or ask the gateway's operator for a larger Rke:Grpc:MaxMessageSize.",
        "MESSAGE_UNREADABLE" => "Use the version of rkectl that belongs to the gateway.",
        "WRONG_PORT" => "Use the address of the gRPC port.",
        "NOT_SERVED" =>
            "'status', 'servers' and 'coins' need a policy at the gateway, or its setting Rke:Admin:Enabled. 'account' needs its setting "
            + "Rke:Accounts:Enabled. Other commands need the version of rkectl that belongs to the gateway.",
        "COIN_OCCUPIED" => "Omit --coin to use a free coin, or wait until the part under this coin is read.",
        "NO_FREE_COIN" => "Wait until parts are read or expire, or add key files to the gateway.",
        "COIN_UNKNOWN" => "Use a coin of the gateway's key files. 'rkectl keys show' lists the coins of a file.",
        "COIN_REFUSED" =>
            "The key server does not have this coin, or has another secret for it. Use the same key file on both sides.",
        "KEY_ID_USED" => "Use another key id with --key-id, or omit it.",
        "IDEMPOTENCY_MISMATCH" => "The idempotency key was used with another request. Use a new key.",
        "TARGET_NOT_ALLOWED" => "Add the server to Rke:Targets:Allow in the gateway's configuration.",
        "GET_KEY_REFUSED" => "The key server refused the request. 'raida status' above gives the reason.",
        "SENDER_NOT_FOUND" => "The key server does not have the sender's coin. Check the key files of the key server.",
        "RAIDA_OFFLINE" => "Use another key server with --raida, or try again later.",
        "RAIDA_TIMEOUT" => "Use another key server with --raida, or allow more time with --deadline.",
        "RAIDA_UNREACHABLE" => "Check that a server runs at the address above, or try again later. You can name another key server with --raida.",
        "STATE_UNAVAILABLE" => "The gateway's shared state is unavailable. Try again, or inform the gateway's operator.",
        "RAIDA_FAILED" => "The key server failed. 'raida status' above gives the reason.",
        "GATEWAY_FAILED" => "Inform the gateway's operator. The log of the gateway has the cause.",
        "HOST_NOT_FOUND" => "Check the spelling of the name. You can also give a signalling service as HOST:PORT.",
        "LOOKUP_UNAVAILABLE" => "Try again later, or give the signalling service as HOST:PORT.",
        "LOOKUP_UNSUPPORTED" or "NO_SIGNAL_SERVICE" => "Give the signalling service as HOST:PORT, if you have its address.",
        "ACCOUNT_IN_USE" => "Use another coin with --coin, or omit it.",
        "ACCOUNT_REFUSED" => "Ask the operator of the key server which accounts it opens. 'raida status' above gives the reason.",
        "ACCOUNT_UNUSABLE" => "Try again. If it happens again, inform the operator of the key server.",
        "ACCOUNT_FILE_NOT_WRITTEN" => "Ask the gateway's operator to set Rke:Accounts:Folder to a folder that the gateway can write to.",
        "CERTIFICATE_REFUSED" => "Ask the gateway's operator to check Rke:Accounts:Authorities.",
        "NO_COMMON_SERVER" =>
            "Use fewer options that restrict the key servers, or configure key servers and coins of the receiver's networks.",
        "SESSION_FAILED" => "Try again. The receiver could not collect enough of the key, and neither side has a session.",
        "SESSION_UNCONFIRMED" => "Check that the receiver listens at this address, and try again with a longer --deadline.",
        "SESSION_NOT_FOUND" => "'rkectl session list' lists the sessions that you may see.",
        "SESSION_KEY_DELETED" => "Make a new session with a new --idempotency-key.",
        "SESSION_NOT_WAITING" => "A session's key is handed out once, or repeatedly for one idempotency key. 'rkectl session show' prints the state of the session.",
        "SESSION_ELSEWHERE" => "Call the replica that is named above, with --gateway.",
        "SESSION_SEALED" => "Ask the gateway's operator to add the old sealing key to Rke:Sessions:SealingKey.",
        "STOPPING" => "The gateway is shutting down. Try again at another replica.",
        _ => null,
    };
}
