using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Rke.Grpc.Server;

/// <summary>Chains interceptors and service method into one delegate for each method, once, at start.</summary>
internal sealed class Pipeline<TService>(Activator<TService> service, Activator<Interceptor>[] interceptors)
    where TService : class
{
    public UnaryServerMethod<TRequest, TResponse> Unary<TRequest, TResponse>(
        Func<TService, TRequest, ServerCallContext, Task<TResponse>> method)
        where TRequest : class
        where TResponse : class
    {
        UnaryServerMethod<TRequest, TResponse> chain = (request, context) =>
            method(service.Get(context.GetHttpContext()), request, context);
        foreach (var interceptor in InnermostFirst)
        {
            var next = chain;
            chain = (request, context) =>
                interceptor.Get(context.GetHttpContext()).UnaryServerHandler(request, context, next);
        }

        return chain;
    }

    public ClientStreamingServerMethod<TRequest, TResponse> ClientStreaming<TRequest, TResponse>(
        Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>> method)
        where TRequest : class
        where TResponse : class
    {
        ClientStreamingServerMethod<TRequest, TResponse> chain = (requests, context) =>
            method(service.Get(context.GetHttpContext()), requests, context);
        foreach (var interceptor in InnermostFirst)
        {
            var next = chain;
            chain = (requests, context) =>
                interceptor.Get(context.GetHttpContext()).ClientStreamingServerHandler(requests, context, next);
        }

        return chain;
    }

    public ServerStreamingServerMethod<TRequest, TResponse> ServerStreaming<TRequest, TResponse>(
        Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task> method)
        where TRequest : class
        where TResponse : class
    {
        ServerStreamingServerMethod<TRequest, TResponse> chain = (request, responses, context) =>
            method(service.Get(context.GetHttpContext()), request, responses, context);
        foreach (var interceptor in InnermostFirst)
        {
            var next = chain;
            chain = (request, responses, context) => interceptor.Get(context.GetHttpContext())
                .ServerStreamingServerHandler(request, responses, context, next);
        }

        return chain;
    }

    public DuplexStreamingServerMethod<TRequest, TResponse> DuplexStreaming<TRequest, TResponse>(
        Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task> method)
        where TRequest : class
        where TResponse : class
    {
        DuplexStreamingServerMethod<TRequest, TResponse> chain = (requests, responses, context) =>
            method(service.Get(context.GetHttpContext()), requests, responses, context);
        foreach (var interceptor in InnermostFirst)
        {
            var next = chain;
            chain = (requests, responses, context) => interceptor.Get(context.GetHttpContext())
                .DuplexStreamingServerHandler(requests, responses, context, next);
        }

        return chain;
    }

    private IEnumerable<Activator<Interceptor>> InnermostFirst => interceptors.AsEnumerable().Reverse();
}
