namespace Rke.Cli;

/// <summary>The cause of a failed command, and what the user can do.</summary>
internal sealed record Failure(ExitCode ExitCode, string Message)
{
    /// <summary>The name of the gRPC status code. Null if rkectl did not call a gateway.</summary>
    public string? Code { get; init; }

    /// <summary>The stable reason of google.rpc.ErrorInfo.</summary>
    public string? Reason { get; init; }

    public string? Advice { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>All wrong fields, options, files or vectors.</summary>
    public IReadOnlyList<FieldFailure> Fields { get; init; } = [];
}

/// <summary>One wrong field, option, file or vector.</summary>
internal sealed record FieldFailure(string Field, string Description);

/// <summary>Ends a command with a <see cref="Cli.Failure"/>.</summary>
internal sealed class FailureException(Failure failure) : Exception(failure.Message)
{
    public FailureException(ExitCode exitCode, string message, string? advice = null)
        : this(new Failure(exitCode, message) { Advice = advice })
    {
    }

    public Failure Failure { get; } = failure;
}
