namespace Grpc.Core;

/// <summary>What a call hands on to calls made on its behalf.</summary>
public abstract class ContextPropagationToken
{
    private protected ContextPropagationToken()
    {
    }

    internal abstract DateTime? Deadline { get; }

    internal abstract CancellationToken CancellationToken { get; }
}
