using System.Diagnostics;
using System.Globalization;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using OpenTelemetry.Instrumentation.AspNetCore;

namespace Rke.Gateway.Observability;

/// <summary>
/// The span of a call: ASP.NET Core's instrumentation describes the request, and this class the RPC. The instrumentation
/// has attributes for gRPC too, but they are experimental and do not know the stable reason of a failure.
/// </summary>
internal static class CallSpan
{
    public static void Configure(AspNetCoreTraceInstrumentationOptions options)
    {
        options.Filter = CallStatus.IsCall;
        options.EnrichWithHttpResponse = Describe;
    }

    private static void Describe(Activity activity, HttpResponse response)
    {
        var context = response.HttpContext;
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method is not { } method)
        {
            return;
        }

        var code = context.Features.Get<CallEnd>()?.Code ?? CallStatus.Of(context);
        activity.DisplayName = CallMethod.Of(method).Name;
        activity.SetTag("rpc.system", "grpc");
        activity.SetTag("rpc.service", method.ServiceName);
        activity.SetTag("rpc.method", method.Name);
        activity.SetTag("rpc.grpc.status_code", (int)code);
        activity.SetTag("grpc.status_code", ((int)code).ToString(CultureInfo.InvariantCulture));
        if (code != StatusCode.OK)
        {
            activity.SetTag("error.type", CallReason.Of(context) ?? CallStatus.NameOf(code));
            activity.SetStatus(IsFaultOfServer(code) ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
        }
    }

    // The codes that the OpenTelemetry conventions for servers treat as errors. Other codes are errors of the caller.
    private static bool IsFaultOfServer(StatusCode code) => code is StatusCode.Unknown or StatusCode.DeadlineExceeded
        or StatusCode.Unimplemented or StatusCode.Internal or StatusCode.Unavailable or StatusCode.DataLoss;
}
