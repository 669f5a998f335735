using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>On every gRPC endpoint: which service and method it serves.</summary>
public sealed class GrpcMethodMetadata
{
    public GrpcMethodMetadata(Type serviceType, IMethod method)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        ArgumentNullException.ThrowIfNull(method);
        ServiceType = serviceType;
        Method = method;
    }

    public Type ServiceType { get; }

    public IMethod Method { get; }
}
