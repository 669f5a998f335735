using Grpc.AspNetCore.Server;

namespace Rke.Gateway.Observability;

/// <summary>Counts and times every gRPC call, also those that no handler sees.</summary>
internal sealed class CallTelemetry(RequestDelegate next, CallMeter meter, TimeProvider timeProvider)
{
    private const string Unknown = "unknown";

    public Task InvokeAsync(HttpContext context) => CallStatus.IsCall(context) ? MeasureAsync(context) : next(context);

    private async Task MeasureAsync(HttpContext context)
    {
        var method = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method;
        var name = method is null ? Unknown : MethodNames.Of(method);
        var start = timeProvider.GetTimestamp();
        meter.OnStarted(name);
        try
        {
            await next(context);
        }
        finally
        {
            var code = CallStatus.Of(context);
            context.Features.Set(new CallEnd(code));
            meter.OnEnded(name, CallStatus.NameOf(code), timeProvider.GetElapsedTime(start));
            if (CallReason.Of(context) is { } reason)
            {
                meter.OnFailed(name, reason);
            }
        }
    }
}
