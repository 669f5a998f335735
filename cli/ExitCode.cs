namespace Rke.Cli;

/// <summary>What the process says to whoever started it (docs/CLI.md).</summary>
internal enum ExitCode
{
    Ok = 0,

    /// <summary>The gateway or this program failed.</summary>
    Unexpected = 1,

    /// <summary>The command line cannot be carried out as written.</summary>
    Usage = 2,

    /// <summary>The input, a frame, a key file or a field of the request is invalid.</summary>
    Invalid = 3,

    NotFound = 4,

    /// <summary>Refused as things stand: a precondition, or a permission.</summary>
    Refused = 5,

    /// <summary>A limit was hit; waiting helps.</summary>
    Exhausted = 6,

    /// <summary>Nobody answered in time, or nobody is there.</summary>
    Unavailable = 7,

    /// <summary>Interrupted, as shells number it.</summary>
    Cancelled = 130,
}
