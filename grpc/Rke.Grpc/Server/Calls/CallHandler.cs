using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Rke.Grpc.Server;

/// <summary>Serves one method; the request delegate of its endpoint.</summary>
internal abstract class CallHandler(IMethod method, CallSettings settings, TimeProvider timeProvider, ILogger logger)
{
    public IMethod Method { get; } = method;

    public CallSettings Settings { get; } = settings;

    public TimeProvider TimeProvider { get; } = timeProvider;

    public ILogger Logger { get; } = logger;

    public Task HandleAsync(HttpContext context)
    {
        if (!GrpcRequest.TryAccept(context, out var refused))
        {
            return refused;
        }

        if (Method.Type is MethodType.ClientStreaming or MethodType.DuplexStreaming)
        {
            LiftLimitsOfBody(context.Features);
        }

        return HandleCallAsync(ServerCall.Begin(context, this));
    }

    protected abstract Task HandleCallAsync(ServerCall call);

    // A stream may be silent for long and has no length; its messages are limited one by one.
    private static void LiftLimitsOfBody(IFeatureCollection features)
    {
        if (features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }
}
