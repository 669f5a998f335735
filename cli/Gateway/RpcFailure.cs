using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace Rke.Cli;

/// <summary>What a gRPC error says, from its status and the google.rpc.Status in its trailers.</summary>
internal static class RpcFailure
{
    public static Failure Explain(RpcException exception, Uri gateway)
    {
        var details = exception.Trailers.GetRpcStatus(ignoreParseError: true);
        var info = Find<ErrorInfo>(details);
        return new(ExitCodeOf(exception.StatusCode), Message(exception))
        {
            Code = Name(exception.StatusCode),
            Reason = info?.Reason,
            RetryAfter = Find<RetryInfo>(details)?.RetryDelay?.ToTimeSpan(),
            Metadata = info is null ? new Dictionary<string, string>() : new Dictionary<string, string>(info.Metadata),
            Fields = [.. Fields(details)],
            Advice = info is not null ? RpcAdvice.For(info.Reason)
                : details is null ? Advice(exception.StatusCode, gateway)
                : null,
        };
    }

    /// <summary>The exit code that stands for a status code.</summary>
    public static ExitCode ExitCodeOf(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.OutOfRange => ExitCode.Invalid,
        StatusCode.NotFound => ExitCode.NotFound,
        StatusCode.FailedPrecondition or StatusCode.PermissionDenied or StatusCode.Unauthenticated
            or StatusCode.AlreadyExists or StatusCode.Aborted => ExitCode.Refused,
        StatusCode.ResourceExhausted => ExitCode.Exhausted,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => ExitCode.Unavailable,
        StatusCode.Cancelled => ExitCode.Cancelled,
        _ => ExitCode.Unexpected,
    };

    private static string Message(RpcException exception) => exception switch
    {
        { Status.Detail: { Length: > 0 } text } => text,
        { StatusCode: StatusCode.DeadlineExceeded } => "The gateway did not answer before the deadline.",
        _ => $"The gateway gave the status {Name(exception.StatusCode)} and no message.",
    };

    private static T? Find<T>(Google.Rpc.Status? status)
        where T : class, IMessage<T>, new()
    {
        try
        {
            return status?.GetDetail<T>();
        }
        catch (InvalidProtocolBufferException)
        {
            // A proxy or another service may send other bytes; the status itself is still good.
            return null;
        }
    }

    private static IEnumerable<FieldFailure> Fields(Google.Rpc.Status? details) =>
        (Find<BadRequest>(details)?.FieldViolations.Select(field => new FieldFailure(field.Field, field.Description)) ?? [])
        .Concat(Find<QuotaFailure>(details)?.Violations.Select(limit => new FieldFailure(limit.Subject, limit.Description)) ?? []);

    private static string? Advice(StatusCode code, Uri gateway) => code switch
    {
        StatusCode.Unavailable =>
            $"Is a gateway running at {gateway.GetLeftPart(UriPartial.Authority)}? Start one, or name another with --gateway.",
        StatusCode.DeadlineExceeded => "Allow more time with --deadline, and see whether the gateway is up.",
        StatusCode.Unimplemented =>
            $"The server at {gateway.GetLeftPart(UriPartial.Authority)} is not an RKE gateway of this version.",
        StatusCode.Unauthenticated => "Send credentials with --metadata authorization='Bearer …'.",
        _ => null,
    };

    /// <summary>As the gRPC documents write it: INVALID_ARGUMENT.</summary>
    private static string Name(StatusCode code) => string.Concat(code.ToString().Select((letter, index) =>
        index > 0 && char.IsAsciiLetterUpper(letter) && code != StatusCode.OK
            ? $"_{letter}"
            : $"{char.ToUpperInvariant(letter)}"));
}
