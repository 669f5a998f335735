using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace Rke.Cli;

/// <summary>Makes a failure of a gRPC error: of its status, and of the google.rpc.Status in its trailers.</summary>
internal static class GrpcFailure
{
    public static Failure Explain(RpcException exception, Uri gateway)
    {
        var details = exception.Trailers.GetRpcStatus(ignoreParseError: true);
        var info = Find<ErrorInfo>(details);
        return new(ExitCodes.Of(exception.StatusCode), Message(exception))
        {
            Code = Name(exception.StatusCode),
            Reason = info?.Reason,
            RetryAfter = Find<RetryInfo>(details)?.RetryDelay?.ToTimeSpan(),
            Metadata = info is null ? new Dictionary<string, string>() : new Dictionary<string, string>(info.Metadata),
            Fields = [.. Fields(details)],
            Advice = info is not null ? ReasonAdvice.For(info.Reason)
                : details is null ? Advice(exception.StatusCode, gateway)
                : null,
        };
    }

    private static string Message(RpcException exception) => exception switch
    {
        { Status.Detail: { Length: > 0 } text } => text,
        { StatusCode: StatusCode.DeadlineExceeded } => "The gateway did not respond before the deadline.",
        _ => $"The gateway returned the status {Name(exception.StatusCode)} without a message.",
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
            // A proxy or another service can send other bytes in this trailer. The status itself is valid.
            return null;
        }
    }

    private static IEnumerable<FieldFailure> Fields(Google.Rpc.Status? details) =>
        (Find<BadRequest>(details)?.FieldViolations.Select(field => new FieldFailure(field.Field, field.Description)) ?? [])
        .Concat(Find<QuotaFailure>(details)?.Violations.Select(limit => new FieldFailure(limit.Subject, limit.Description)) ?? []);

    private static string? Advice(StatusCode code, Uri gateway) => code switch
    {
        StatusCode.Unavailable =>
            $"Is a gateway running at {gateway.GetLeftPart(UriPartial.Authority)}? "
            + "Start one, or give another address with --gateway.",
        StatusCode.DeadlineExceeded => "Allow more time with --deadline, and check that the gateway is running.",
        StatusCode.Unimplemented =>
            $"The server at {gateway.GetLeftPart(UriPartial.Authority)} is not an RKE gateway of this version, or does not serve this method. "
            + "'status', 'servers' and 'coins' need a policy at the gateway, or its setting Rke:Admin:Enabled. 'account' needs its setting Rke:Accounts:Enabled.",
        StatusCode.Unauthenticated => "Send credentials with --metadata authorization='Bearer …'.",
        _ => null,
    };

    /// <summary>The name in the style of the gRPC documentation, such as INVALID_ARGUMENT.</summary>
    private static string Name(StatusCode code) => string.Concat(code.ToString().Select((letter, index) =>
        index > 0 && char.IsAsciiLetterUpper(letter) && code != StatusCode.OK
            ? $"_{letter}"
            : $"{char.ToUpperInvariant(letter)}"));
}
