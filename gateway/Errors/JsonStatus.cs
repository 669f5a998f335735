using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;

namespace Rke.Gateway.Errors;

/// <summary>The error of a JSON call: a <c>google.rpc.Status</c> as JSON. Its details are readable, too.</summary>
internal static class JsonStatus
{
    public const string ContentType = "application/json; charset=utf-8";

    private const int ClientClosedRequest = 499;

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(
        TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor)));

    /// <summary>The text of an error.</summary>
    public static byte[] TextOf(CallFailure failure) => TextOf(failure.ToStatus());

    /// <summary>The text of an error.</summary>
    public static byte[] TextOf(Google.Rpc.Status status) => Encoding.UTF8.GetBytes(Formatter.Format(status) + "\n");

    public static Task WriteAsync(HttpContext context, CallFailure failure, int? httpStatus = null) =>
        WriteAsync(context, failure.ToStatus(), httpStatus ?? HttpStatusOf(failure.Code));

    public static async Task WriteAsync(HttpContext context, Google.Rpc.Status status, int httpStatus)
    {
        var text = TextOf(status);
        context.Response.StatusCode = httpStatus;
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = text.Length;
        await context.Response.Body.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>The mapping of google.rpc.Code.</summary>
    public static int HttpStatusOf(StatusCode code) => code switch
    {
        StatusCode.OK => StatusCodes.Status200OK,
        StatusCode.Cancelled => ClientClosedRequest,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.AlreadyExists or StatusCode.Aborted => StatusCodes.Status409Conflict,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Unimplemented => StatusCodes.Status501NotImplemented,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
