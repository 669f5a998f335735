namespace Rke.Cli;

/// <summary>Why a command failed and what to do.</summary>
internal sealed record Failure(ExitCode ExitCode, string Message)
{
    /// <summary>gRPC status code by name; null when no gateway was asked.</summary>
    public string? Code { get; init; }

    /// <summary>The stable reason of google.rpc.ErrorInfo.</summary>
    public string? Reason { get; init; }

    public string? Advice { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Every wrong field, option, file or vector.</summary>
    public IReadOnlyList<FieldFailure> Fields { get; init; } = [];
}
