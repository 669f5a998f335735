using Grpc.Core;

namespace Rke.Cli;

/// <summary>The exit codes of rkectl (docs/CLI.md).</summary>
internal enum ExitCode
{
    Ok = 0,

    /// <summary>The gateway or rkectl failed.</summary>
    Unexpected = 1,

    /// <summary>An option, an argument or a path on the command line is wrong.</summary>
    Usage = 2,

    /// <summary>A field of the request, a frame, a key file or a vector is invalid.</summary>
    Invalid = 3,

    NotFound = 4,

    /// <summary>The current state or a permission does not allow the call.</summary>
    Refused = 5,

    /// <summary>The call exceeds a limit. It can succeed later.</summary>
    Exhausted = 6,

    /// <summary>The server cannot be reached, or it did not respond in time.</summary>
    Unavailable = 7,

    /// <summary>'doctor', 'dns check', 'check --all' or 'agent status' found a problem.</summary>
    Found = 8,

    /// <summary>The user interrupted rkectl. Shells use 128 + the number of the signal SIGINT.</summary>
    Cancelled = 130,
}

/// <summary>The exit code for each gRPC status code.</summary>
internal static class ExitCodes
{
    public static ExitCode Of(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.OutOfRange => ExitCode.Invalid,
        StatusCode.NotFound => ExitCode.NotFound,
        StatusCode.FailedPrecondition or StatusCode.PermissionDenied or StatusCode.Unauthenticated
            or StatusCode.AlreadyExists or StatusCode.Aborted => ExitCode.Refused,
        StatusCode.ResourceExhausted => ExitCode.Exhausted,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => ExitCode.Unavailable,
        StatusCode.Cancelled => ExitCode.Cancelled,
        _ => ExitCode.Unexpected,
    };
}
