using Grpc.Core;

namespace Rke.Grpc.Server;

/// <summary>Deadline and cancellation of a call that is served, for calls made on its behalf.</summary>
internal sealed class CallPropagationToken(ServerCallContext call, ContextPropagationOptions options)
    : ContextPropagationToken
{
    internal override DateTime? Deadline { get; } = options.IsPropagateDeadline ? call.Deadline : null;

    internal override CancellationToken CancellationToken { get; } =
        options.IsPropagateCancellation ? call.CancellationToken : CancellationToken.None;
}
