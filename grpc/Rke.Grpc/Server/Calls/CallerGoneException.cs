namespace Rke.Grpc.Server;

/// <summary>The request broke off: to a handler, a cancellation like any other.</summary>
internal sealed class CallerGoneException(Exception cause, CancellationToken token)
    : OperationCanceledException("The caller is gone.", cause, token);
