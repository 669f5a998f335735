using System.Diagnostics;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Rke.Gateway.Observability;

/// <summary>
/// Counts and times every gRPC call, also those that no handler sees, and names the activity that ASP.NET Core made for
/// it as OpenTelemetry names RPCs.
/// </summary>
internal sealed class CallTelemetry(RequestDelegate next, CallMeter meter, TimeProvider timeProvider)
{
    private const string Unknown = "unknown";
    private const string GrpcContentType = "application/grpc";
    private const string StatusTrailer = "grpc-status";

    private static readonly string[] CodeNames =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    public Task InvokeAsync(HttpContext context) =>
        context.Request.ContentType?.StartsWith(GrpcContentType, StringComparison.Ordinal) == true
            ? MeasureAsync(context)
            : next(context);

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
            var code = CodeOf(context);
            meter.OnEnded(name, CodeNames[(int)code], timeProvider.GetElapsedTime(start));
            var reason = CallReason.Of(context);
            if (reason is not null)
            {
                meter.OnFailed(name, reason);
            }

            // ASP.NET Core makes one for the log too, which nobody else sees.
            if (method is not null && context.Features.Get<IHttpActivityFeature>()?.Activity is { } activity
                && activity.Source.HasListeners())
            {
                Describe(activity, method, name, code, reason);
            }
        }
    }

    private static void Describe(Activity activity, IMethod method, string name, StatusCode code, string? reason)
    {
        activity.DisplayName = name;
        if (!activity.IsAllDataRequested)
        {
            return;
        }

        activity.SetTag("rpc.system", "grpc");
        activity.SetTag("rpc.service", method.ServiceName);
        activity.SetTag("rpc.method", method.Name);
        activity.SetTag("rpc.grpc.status_code", (int)code);
        if (code != StatusCode.OK)
        {
            activity.SetTag("error.type", reason ?? CodeNames[(int)code]);
            activity.SetStatus(IsServersFault(code) ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
        }
    }

    // As OpenTelemetry's conventions for servers have it; with any other code the caller was told what it did.
    private static bool IsServersFault(StatusCode code) => code is StatusCode.Unknown or StatusCode.DeadlineExceeded
        or StatusCode.Unimplemented or StatusCode.Internal or StatusCode.Unavailable or StatusCode.DataLoss;

    // The status is a trailer, or a header where the answer has no body. A stream that was reset has neither.
    private static StatusCode CodeOf(HttpContext context)
    {
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var text = trailers is not null && trailers.TryGetValue(StatusTrailer, out var trailer)
            ? trailer.ToString()
            : context.Response.Headers[StatusTrailer].ToString();
        return int.TryParse(text, out var code) && code >= 0 && code < CodeNames.Length ? (StatusCode)code
            : context.RequestAborted.IsCancellationRequested ? StatusCode.Cancelled
            : StatusCode.Unknown;
    }
}
