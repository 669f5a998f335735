using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Rke.Gateway.Errors;

/// <summary>
/// The error of a call: a <c>google.rpc.Status</c> in the <c>grpc-status-details-bin</c> trailer, always with an
/// <c>ErrorInfo</c> (docs/ERRORS.md). It never contains a secret.
/// <para>
/// The trailers with message and details have at most <see cref="MaxSize"/> bytes. Proxies and clients limit the size of headers, often to
/// 4 or 8 KiB. They answer a larger response with an error of their own, and the caller then retries what can never succeed.
/// </para>
/// </summary>
internal sealed record CallFailure(StatusCode Code, string Reason, string Message)
{
    public const string Domain = "rke.v1";

    /// <summary>The maximum size of message and details together, as they are sent.</summary>
    public const int MaxSize = 3000;

    private const int MaxMessageSize = 600;
    private const int MaxNameSize = 200;

    private const string MoreFields = "...";

    // The type URL of a detail, and the lengths around it.
    private const int DetailOverhead = 64;
    private const int FieldOverhead = 4;

    private static readonly TimeSpan StateRetryDelay = TimeSpan.FromSeconds(1);

    public ushort? Network { get; init; }

    public byte? RaidaId { get; init; }

    /// <summary>The status byte of the key server; 7 also if the gateway's own limit refused the coin.</summary>
    public byte? RaidaStatus { get; init; }

    /// <summary>The number of datagrams sent.</summary>
    public int? Attempts { get; init; }

    /// <summary>When the same call may succeed.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public IReadOnlyList<BadField> BadFields { get; init; } = [];

    /// <summary>What the exceeded limit counts, such as <c>coin:6/1/1000</c>.</summary>
    public string? QuotaSubject { get; init; }

    public string? SessionId { get; init; }

    /// <summary>The replica that can serve the call.</summary>
    public string? Replica { get; init; }

    /// <summary>The signalling service of a failed Signal.</summary>
    public SignalService? Signal { get; init; }

    /// <summary>The gateway cannot reach Redis, so it cannot decide.</summary>
    public static CallFailure StateUnavailable() => new(
        StatusCode.Unavailable, Errors.Reason.StateUnavailable, "The shared state (Redis) of the gateway is unavailable.")
    {
        RetryAfter = StateRetryDelay,
    };

    /// <summary>The reason of an exception from <see cref="ToException"/>; empty for other exceptions.</summary>
    public static string ReasonOf(RpcException exception) => exception.Data[nameof(Reason)] as string ?? "";

    /// <summary>The failure of an exception from <see cref="ToException"/>; null for other exceptions.</summary>
    public static CallFailure? Of(RpcException exception) => exception.Data[nameof(CallFailure)] as CallFailure;

    public RpcException ToException()
    {
        var exception = ToStatus().ToRpcException();
        exception.Data[nameof(Reason)] = Reason;
        exception.Data[nameof(CallFailure)] = this;
        return exception;
    }

    /// <summary>The error as it is sent.</summary>
    public RpcStatus ToStatus()
    {
        var status = new RpcStatus { Code = (int)Code, Message = ErrorText.Shorten(Message, MaxMessageSize) };
        status.Details.Add(Any.Pack(ToErrorInfo()));
        if (RetryAfter is { } retryAfter)
        {
            // Rounded up, so that a caller that waits exactly this long does not retry too early.
            var milliseconds = Math.Max(1, Math.Ceiling(retryAfter.TotalMilliseconds));
            var delay = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(milliseconds));
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = delay }));
        }

        if (QuotaSubject is not null)
        {
            var violation = new QuotaFailure.Types.Violation
            {
                Subject = ErrorText.Shorten(QuotaSubject, MaxNameSize),
                Description = ErrorText.Shorten(Message, MaxNameSize),
            };
            status.Details.Add(Any.Pack(new QuotaFailure { Violations = { violation } }));
        }

        if (BadFields.Count > 0)
        {
            status.Details.Add(Any.Pack(ToBadRequest(SizeLeft(status))));
        }

        return status;
    }

    // The message is sent as text, and the whole status in base64.
    private static int SizeLeft(RpcStatus status) =>
        ((MaxSize - ErrorText.SentSize(status.Message)) * 3 / 4) - status.CalculateSize() - DetailOverhead;

    // The first fields, then their number if not all fit.
    private BadRequest ToBadRequest(int sizeLeft)
    {
        var request = new BadRequest();
        foreach (var field in BadFields)
        {
            var violation = new BadRequest.Types.FieldViolation { Field = field.Path, Description = field.Description };
            sizeLeft -= violation.CalculateSize() + FieldOverhead;
            if (sizeLeft < 0)
            {
                var more = BadFields.Count - request.FieldViolations.Count;
                request.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = MoreFields, Description = $"and {more} more" });
                break;
            }

            request.FieldViolations.Add(violation);
        }

        return request;
    }

    private ErrorInfo ToErrorInfo()
    {
        var info = new ErrorInfo { Domain = Domain, Reason = Reason };
        Add("network", Network);
        Add("raida_id", RaidaId);
        Add("raida_status", RaidaStatus);
        Add("attempts", Attempts);
        AddText("session_id", SessionId);
        AddText("replica", Replica);
        AddText("domain", Signal?.Domain);
        AddText("record", Signal?.Record);
        AddText("endpoint", Signal?.Endpoint);
        return info;

        void AddText(string key, string? value)
        {
            if (value is not null)
            {
                info.Metadata[key] = ErrorText.Shorten(value, MaxNameSize);
            }
        }

        void Add(string key, int? value)
        {
            if (value is { } known)
            {
                info.Metadata[key] = known.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }
        }
    }
}

/// <summary>A signalling service, and where its address is from.</summary>
/// <param name="Domain">The domain of the request. Null if the caller named an endpoint.</param>
/// <param name="Record">The type and name of the record that names the service. Null if there is none.</param>
/// <param name="Endpoint">The IP address and port.</param>
internal sealed record SignalService(string? Domain, string? Record, string Endpoint)
{
    /// <summary>For messages: "The signalling service 192.0.2.1:75 of example.com (record SRV _rke._udp.example.com)".</summary>
    public string Words
    {
        get
        {
            var domain = Domain is null ? "" : $" of {Domain}";
            var record = Domain is null ? "" : Record is null ? " (no record; the domain itself)" : $" (record {Record})";
            return $"The signalling service {Endpoint}{domain}{record}";
        }
    }
}
