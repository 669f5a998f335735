namespace Rke.Cli;

/// <summary>What to do about a reason of google.rpc.ErrorInfo.</summary>
internal static class RpcAdvice
{
    /// <summary>Null for a reason that this version does not know.</summary>
    public static string? For(string reason) => reason switch
    {
        "INVALID_FIELD" => "Correct the fields above.",
        "KEY_START_INVALID" => "Leave --key-start out, or take one that leaves the part room in 128 bytes.",
        "KEY_LENGTH_INVALID" => "A key part is 4, 8, 16, 24, 32 or 40 bytes.",
        "KEY_NOT_FOUND" => "The part was read already, has expired, or was posted to another server; a part is handed out once.",
        "COIN_OVERUSED" => "Wait, or take another coin with --coin.",
        "CALLER_QUOTA" => "Wait, or ask the gateway's operator for a larger quota.",
        "OVERLOADED" => "Wait: the gateway has too much in flight.",
        "COIN_OCCUPIED" => "Leave --coin out to take a free one, or wait until the part that it holds is read.",
        "NO_FREE_COIN" => "Wait until parts are read or expire, or mount more key files.",
        "COIN_UNKNOWN" => "Name a coin of the gateway's key files; 'rkectl keys show' lists a file's.",
        "COIN_REFUSED" => "The key server does not know this coin or its number: see that both have the same key file.",
        "IDEMPOTENCY_MISMATCH" => "The idempotency key was used with another request; take a new one.",
        "TARGET_NOT_ALLOWED" => "The gateway's configuration must allow the server: Rke:Targets:Allow.",
        "GET_KEY_REFUSED" => "The key server refuses it; 'raida status' above says why.",
        "SENDER_NOT_FOUND" => "The key server does not know the sender's coin.",
        "RAIDA_OFFLINE" => "Take another key server with --raida, or try again later.",
        "RAIDA_TIMEOUT" => "Take another key server, or allow more time with --deadline.",
        "RAIDA_UNREACHABLE" => "Nothing listens there: check the key server, or take another one.",
        "STATE_UNAVAILABLE" => "The gateway's shared state is down; try again, or tell its operator.",
        "RAIDA_FAILED" => "The key server failed; 'raida status' above says how.",
        "HOST_NOT_FOUND" => "See that the name is spelled right; a signalling service can be named as HOST:PORT, too.",
        "LOOKUP_UNAVAILABLE" => "Try again later, or name the signalling service as HOST:PORT.",
        "LOOKUP_UNSUPPORTED" or "NO_SIGNAL_SERVICE" => "Name the signalling service as HOST:PORT, if you know it.",
        "NO_COMMON_SERVER" => "Ask for fewer restrictions, or configure key servers of the receiver's networks, and coins.",
        "SESSION_FAILED" => "Try again: the receiver could not collect enough of the key, and knows it.",
        "SESSION_UNCONFIRMED" => "Try again, with more time in --deadline; see that the receiver listens there.",
        "SESSION_NOT_FOUND" => "'rkectl session watch' tells which sessions wait.",
        "SESSION_NOT_WAITING" => "A session's key is handed out once; 'rkectl session show' says what became of it.",
        "SESSION_ELSEWHERE" => "Ask the replica that is named above, with --gateway.",
        "SESSION_SEALED" => "The gateway's operator must add the old sealing key to Rke:Sessions:SealingKey.",
        "STOPPING" => "The gateway stops; try again at another replica.",
        _ => null,
    };
}
