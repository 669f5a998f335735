using Grpc.Core;

namespace Rke.Gateway.Observability;

/// <summary>The status of a call that has ended. gRPC-Web moves the trailers into the body, where nothing can read them later.</summary>
internal sealed class CallEnd
{
    private static readonly CallEnd[] Ends = [.. Enumerable.Range(0, CallStatus.Count).Select(code => new CallEnd((StatusCode)code))];

    private CallEnd(StatusCode code) => Code = code;

    public StatusCode Code { get; }

    public static CallEnd Of(StatusCode code) => Ends[(int)code];
}

/// <summary>The reason of a failed call. It is stored with the request for the metrics and the span.</summary>
internal sealed class CallReason(string reason)
{
    public static string? Of(HttpContext context) => context.Features.Get<CallReason>()?.Text;

    public static void Note(HttpContext context, string reason) => context.Features.Set(new CallReason(reason));

    private string Text => reason;
}
