using System.Collections.Concurrent;
using Grpc.AspNetCore.Server;
using Grpc.Core;

namespace Rke.Gateway.Observability;

/// <summary>A gRPC method that the gateway serves.</summary>
internal sealed class CallMethod
{
    // Only methods that the gateway serves have an IMethod, so their number is bounded.
    private static readonly ConcurrentDictionary<IMethod, CallMethod> Methods = new();

    private CallMethod(IMethod method) => (Name, Service) = (method.FullName.TrimStart('/'), method.ServiceName);

    /// <summary>The full name in metrics and policies, without the leading slash.</summary>
    public string Name { get; }

    /// <summary>The full name of the service.</summary>
    public string Service { get; }

    /// <summary>The method of a request. Null if the request is not a call, or calls an unknown method.</summary>
    public static CallMethod? Of(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method is { } method ? Of(method) : null;

    public static CallMethod Of(IMethod method) => Methods.TryGetValue(method, out var found)
        ? found
        : Methods.GetOrAdd(method, static added => new(added));
}
