using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Rke.Gateway.Errors;

/// <summary>
/// Why a call fails, as its caller learns it: a <c>google.rpc.Status</c> in the <c>grpc-status-details-bin</c> trailer,
/// always with an <c>ErrorInfo</c> (docs/ERRORS.md). It never holds a secret.
/// </summary>
internal sealed record CallFailure(StatusCode Code, string Reason, string Message)
{
    public const string Domain = "rke.v1";

    public ushort? Network { get; init; }

    public byte? RaidaId { get; init; }

    /// <summary>The status byte of the key server, or 7 where we counted for it.</summary>
    public byte? RaidaStatus { get; init; }

    /// <summary>How many times the datagram was sent.</summary>
    public int? Attempts { get; init; }

    /// <summary>After this long the same call may succeed.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>All the fields that are wrong.</summary>
    public IReadOnlyList<BadField> BadFields { get; init; } = [];

    /// <summary>What the limit that was hit counts, such as <c>coin:6/1/1000</c>.</summary>
    public string? QuotaSubject { get; init; }

    /// <summary>What the session concerns: its id.</summary>
    public string? SessionId { get; init; }

    /// <summary>The replica that could do it.</summary>
    public string? Replica { get; init; }

    /// <summary>The stable reason of an exception that <see cref="ToException"/> made; empty of any other.</summary>
    public static string ReasonOf(RpcException exception) => exception.Data[nameof(Reason)] as string ?? "";

    public RpcException ToException()
    {
        var exception = ToDetails().ToRpcException();
        exception.Data[nameof(Reason)] = Reason;
        return exception;
    }

    private RpcStatus ToDetails()
    {
        var status = new RpcStatus { Code = (int)Code, Message = Message };
        status.Details.Add(Any.Pack(ToErrorInfo()));
        if (BadFields.Count > 0)
        {
            var violations = BadFields.Select(field => new BadRequest.Types.FieldViolation
            {
                Field = field.Path,
                Description = field.Description,
            });
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { violations } }));
        }

        if (RetryAfter is { } retryAfter)
        {
            // Rounded up, so that who waits exactly that long is not early.
            var milliseconds = Math.Max(1, Math.Ceiling(retryAfter.TotalMilliseconds));
            var delay = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(milliseconds));
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = delay }));
        }

        if (QuotaSubject is not null)
        {
            var violation = new QuotaFailure.Types.Violation { Subject = QuotaSubject, Description = Message };
            status.Details.Add(Any.Pack(new QuotaFailure { Violations = { violation } }));
        }

        return status;
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
        return info;

        void AddText(string key, string? value)
        {
            if (value is not null)
            {
                info.Metadata[key] = value;
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
