using System.Diagnostics;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.Extensions.Primitives;
using Rke.Gateway.Errors;
using Rke.Gateway.Identity;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// Logs each failed call, also a refused one, in one line. It does not log health checks: an orchestrator repeats them while the gateway is
/// not ready. <c>Rke:Logging:LinesPerSecond</c> limits the lines.
/// </summary>
internal sealed class FailedCallLog(RequestDelegate next, ILogger<FailedCallLog> logger)
{
    private const string Health = "grpc.health.v1.Health";
    private const string Unknown = "unknown";
    private const string None = "-";

    // The issuer of a token or a certificate chooses the name.
    private const int MaxNameSize = 200;

    public Task InvokeAsync(HttpContext context) => CallStatus.IsCall(context) ? RunAsync(context) : next(context);

    private async Task RunAsync(HttpContext context)
    {
        // CallLimits can clear the headers when the call ends.
        var (activity, parent) = (Activity.Current, context.Request.Headers.TraceParent);
        try
        {
            await next(context);
        }
        finally
        {
            var code = context.Features.Get<CallEnd>()?.Code ?? CallStatus.Of(context);
            if (code != StatusCode.OK)
            {
                Write(context, code, TraceIdOf(activity, parent));
            }
        }
    }

    // Without an exporter of traces there is no activity. Then the trace id is that of the caller, if it sent one.
    private static string TraceIdOf(Activity? activity, StringValues parent) =>
        activity?.TraceId.ToHexString()
        ?? (ActivityContext.TryParse(parent, traceState: null, out var caller) ? caller.TraceId.ToHexString() : None);

    private void Write(HttpContext context, StatusCode code, string traceId)
    {
        var method = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method;
        if (method?.ServiceName != Health && logger.IsEnabled(LogLevel.Information))
        {
            Log.CallEnded(
                logger,
                method is null ? Unknown : CallMethod.Of(method).Name,
                ErrorText.Shorten(CallerIdentity.Of(context).Name, MaxNameSize),
                CallStatus.NameOf(code),
                CallReason.Of(context) ?? None,
                traceId);
        }
    }
}

/// <summary>Adds the log of failed calls to the request pipeline.</summary>
internal static class FailedCallLogApplication
{
    public static void UseFailedCallLog(this WebApplication app) => app.UseMiddleware<FailedCallLog>();
}
