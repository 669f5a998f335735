namespace Rke.Cli;

/// <summary>Ends a command.</summary>
internal sealed class FailureException(Failure failure) : Exception(failure.Message)
{
    public FailureException(ExitCode exitCode, string message, string? advice = null)
        : this(new Failure(exitCode, message) { Advice = advice })
    {
    }

    public Failure Failure { get; } = failure;
}
