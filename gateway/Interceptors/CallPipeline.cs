using Microsoft.AspNetCore.Http.Features;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// Measures each gRPC call, also calls of unknown methods, and corrects the errors of the gRPC library (<see cref="MessageErrors"/>).
/// One middleware does both, because each costs a call a state machine.
/// </summary>
internal sealed class CallPipeline(RequestDelegate next, CallMeter meter, TimeProvider timeProvider, IServiceProvider services)
{
    private const string Unknown = "unknown";

    private readonly RootServices _services = new(services);

    public Task InvokeAsync(HttpContext context) => CallStatus.IsCall(context) ? MeasureAsync(context) : CorrectAsync(context);

    private async Task MeasureAsync(HttpContext context)
    {
        context.Features.Set<IServiceProvidersFeature>(_services);
        var name = CallMethod.Of(context)?.Name ?? Unknown;
        var method = meter.Of(name);
        var start = timeProvider.GetTimestamp();
        method.OnStarted();
        try
        {
            await next(context);
            MessageErrors.Correct(context);
        }
        finally
        {
            var code = CallStatus.Of(context);
            context.Features.Set(CallEnd.Of(code));
            method.OnEnded(code, timeProvider.GetElapsedTime(start));
            if (CallReason.Of(context) is { } reason)
            {
                meter.OnFailed(name, reason);
            }
        }
    }

    private async Task CorrectAsync(HttpContext context)
    {
        await next(context);
        MessageErrors.Correct(context);
    }

    /// <summary>The services of a call. All are singletons, so a call needs no scope of its own.</summary>
    private sealed class RootServices(IServiceProvider services) : IServiceProvidersFeature
    {
        public IServiceProvider RequestServices
        {
            get => services;
            set => throw new NotSupportedException();
        }
    }
}

/// <summary>Adds the measurement of calls to the request pipeline.</summary>
internal static class CallPipelineApplication
{
    public static void UseCallPipeline(this WebApplication app) => app.UseMiddleware<CallPipeline>();
}
