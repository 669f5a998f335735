using Grpc.Core;

namespace Rke.Gateway.Observability;

/// <summary>The status of a call that has ended. gRPC-Web moves the trailers into the body, where nothing can read them later.</summary>
internal sealed class CallEnd(StatusCode code)
{
    public StatusCode Code => code;
}
