using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Rke.Grpc.Server;

/// <summary>Makes an endpoint of every method that the generated code tells.</summary>
internal sealed class ServiceMethodBinder<
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] TService>(
    IEndpointRouteBuilder builder,
    Pipeline<TService> pipeline,
    CallSettings settings,
    TimeProvider timeProvider,
    ILogger logger) : ServiceBinderBase
    where TService : class
{
    private readonly List<IEndpointConventionBuilder> _endpoints = [];
    private readonly HashSet<string> _serviceNames = new(StringComparer.Ordinal);

    public IEnumerable<IEndpointConventionBuilder> Endpoints => _endpoints;

    public IEnumerable<string> ServiceNames => _serviceNames;

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var found = Find(method, typeof(TRequest), typeof(ServerCallContext));
        var invoke = pipeline.Unary(
            found.CreateDelegate<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>());
        Map(found, new UnaryCallHandler<TRequest, TResponse>(method, invoke, settings, timeProvider, logger));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var found = Find(method, typeof(IAsyncStreamReader<TRequest>), typeof(ServerCallContext));
        var invoke = pipeline.ClientStreaming(found.CreateDelegate<
            Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>());
        Map(found, new ClientStreamingCallHandler<TRequest, TResponse>(method, invoke, settings, timeProvider, logger));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var found = Find(
            method, typeof(TRequest), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        var invoke = pipeline.ServerStreaming(found.CreateDelegate<
            Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>());
        Map(found, new ServerStreamingCallHandler<TRequest, TResponse>(method, invoke, settings, timeProvider, logger));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var found = Find(
            method,
            typeof(IAsyncStreamReader<TRequest>),
            typeof(IServerStreamWriter<TResponse>),
            typeof(ServerCallContext));
        var invoke = pipeline.DuplexStreaming(found.CreateDelegate<
            Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>());
        Map(found, new DuplexStreamingCallHandler<TRequest, TResponse>(method, invoke, settings, timeProvider, logger));
    }

    private static MethodInfo Find(IMethod method, params Type[] parameters) =>
        typeof(TService).GetMethod(method.Name, BindingFlags.Public | BindingFlags.Instance, parameters)
            ?? throw new InvalidOperationException($"{typeof(TService)} has no method for {method.FullName}.");

    private void Map(MethodInfo found, CallHandler handler)
    {
        var endpoint = builder.MapPost(handler.Method.FullName, handler.HandleAsync);
        endpoint.WithDisplayName($"gRPC - {handler.Method.FullName}");
        endpoint.Add(each =>
        {
            each.Metadata.Add(new GrpcMethodMetadata(typeof(TService), handler.Method));
            foreach (var attribute in typeof(TService).GetCustomAttributes(inherit: true)
                .Concat(found.GetCustomAttributes(inherit: true)))
            {
                each.Metadata.Add(attribute);
            }
        });
        _endpoints.Add(endpoint);
        _serviceNames.Add(handler.Method.ServiceName);
    }
}
