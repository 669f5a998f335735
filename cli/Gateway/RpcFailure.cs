using System.Security.Authentication;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace Rke.Cli;

/// <summary>What a gRPC error says, from its status and the google.rpc.Status in its trailers.</summary>
internal static class RpcFailure
{
    private const string DetailsTrailer = "grpc-status-details-bin";

    private const string TrustAdvice =
        "Name its authority with --cacert, and the gateway as its certificate does; or see that TLS is served there.";

    public static Failure Explain(RpcException exception, Uri gateway)
    {
        var exitCode = ExitCodeOf(exception.StatusCode);
        var details = ReadDetails(exception.Trailers);
        var info = Find<ErrorInfo>(details);
        var delay = Find<RetryInfo>(details)?.RetryDelay;
        var distrust = FindDistrust(exception.Status.DebugException);
        var message = distrust ?? (exception.Status.Detail is { Length: > 0 } text ? text : exception.StatusCode.ToString());
        var isGateway = details is not null;
        return new(exitCode, message)
        {
            Code = Name(exception.StatusCode),
            Reason = info?.Reason,
            RetryAfter = delay?.ToTimeSpan(),
            Metadata = info is null ? new Dictionary<string, string>() : new Dictionary<string, string>(info.Metadata),
            Fields = [.. Fields(details)],
            Advice = info is not null ? RpcAdvice.For(info.Reason)
                : isGateway ? null
                : distrust is not null ? TrustAdvice
                : Advice(exception.StatusCode, gateway),
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

    private static Google.Rpc.Status? ReadDetails(Metadata trailers)
    {
        if (trailers.GetValueBytes(DetailsTrailer) is not { } bytes)
        {
            return null;
        }

        try
        {
            return Google.Rpc.Status.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            // A proxy's or another service's trailer: the status itself still says enough.
            return null;
        }
    }

    private static T? Find<T>(Google.Rpc.Status? status)
        where T : class, IMessage, new()
    {
        foreach (var detail in status?.Details ?? [])
        {
            try
            {
                if (detail.TryUnpack<T>(out var found))
                {
                    return found;
                }
            }
            catch (InvalidProtocolBufferException)
            {
                return null;
            }
        }

        return null;
    }

    private static IEnumerable<FieldFailure> Fields(Google.Rpc.Status? details) =>
        (Find<BadRequest>(details)?.FieldViolations.Select(field => new FieldFailure(field.Field, field.Description)) ?? [])
        .Concat(Find<QuotaFailure>(details)?.Violations.Select(limit => new FieldFailure(limit.Subject, limit.Description)) ?? []);

    /// <summary>Why the certificate that the gateway showed is not believed; null when something else is wrong.</summary>
    private static string? FindDistrust(Exception? exception)
    {
        while (exception is not (null or AuthenticationException))
        {
            exception = exception.InnerException;
        }

        return exception?.Message;
    }

    private static string? Advice(StatusCode code, Uri gateway) => code switch
    {
        StatusCode.Unavailable =>
            $"Is a gateway running at {gateway.GetLeftPart(UriPartial.Authority)}? Start one, or name another with --gateway."
            + (gateway.Scheme == Uri.UriSchemeHttps ? " One that asks for a certificate wants --cert and --key." : ""),
        StatusCode.DeadlineExceeded => "Allow more time with --deadline, and see whether the gateway is up.",
        StatusCode.Unimplemented =>
            $"What listens at {gateway.GetLeftPart(UriPartial.Authority)} is no RKE gateway of this version.",
        StatusCode.Unauthenticated => "Send credentials with --metadata authorization='Bearer …'.",
        _ => null,
    };

    /// <summary>As the gRPC documents write it: INVALID_ARGUMENT.</summary>
    private static string Name(StatusCode code) => string.Concat(code.ToString().Select((letter, index) =>
        index > 0 && char.IsAsciiLetterUpper(letter) && code != StatusCode.OK
            ? $"_{letter}"
            : $"{char.ToUpperInvariant(letter)}"));
}
