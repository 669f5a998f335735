using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.KeyServers;

/// <summary>Maps failed exchanges to errors of calls, as docs/ERRORS.md lists them.</summary>
internal static class ExchangeFailures
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <summary>The error of an exchange with a key server; null if it succeeded.</summary>
    public static CallFailure? Of(Exchange exchange, WireCommand command, ushort network) =>
        IsSuccess(exchange) ? null : Of(exchange, command, $"Key server {exchange.RaidaId}") with
        {
            Network = network,
            RaidaId = exchange.RaidaId,
        };

    /// <summary>The error of an exchange with a signalling service; null if it succeeded.</summary>
    public static CallFailure? Of(Exchange exchange, WireCommand command, SignalService service) =>
        IsSuccess(exchange) ? null : Of(exchange, command, service.Words) with { Signal = service };

    /// <summary>Whether the server does not know the coin, or has other numbers for it. Such an answer is usually unsigned.</summary>
    public static bool IsCoinRefused(Exchange exchange) => exchange is
    {
        Outcome: ExchangeOutcome.Answered or ExchangeOutcome.Hinted,
        Status: WireStatus.CoinNotFound or WireStatus.ChallengeWrong,
    };

    private static bool IsSuccess(Exchange exchange) =>
        exchange is { Outcome: ExchangeOutcome.Answered, Status: WireStatus.Success };

    private static CallFailure Of(Exchange exchange, WireCommand command, string server)
    {
        var isAnswer = exchange.Outcome is ExchangeOutcome.Answered or ExchangeOutcome.Hinted;
        var failure = isAnswer ? OfStatus(exchange, command, server) : OfOutcome(exchange, server);
        return failure with
        {
            RaidaStatus = isAnswer ? exchange.StatusByte : null,
            Attempts = exchange.Attempts,
        };
    }

    private static CallFailure OfOutcome(Exchange exchange, string server) => exchange.Outcome switch
    {
        ExchangeOutcome.TimedOut => new(
            StatusCode.DeadlineExceeded, Reason.RaidaTimeout, $"{server} did not answer within the deadline."),
        ExchangeOutcome.Overloaded => new(
            StatusCode.ResourceExhausted, Reason.Overloaded, "Too many requests already wait for replies. Retry later.")
        {
            RetryAfter = exchange.RetryAfter ?? RetrySoon,
            QuotaSubject = "datagrams",
        },
        ExchangeOutcome.BreakerOpen => new(
            StatusCode.Unavailable,
            Reason.RaidaUnreachable,
            $"{server} did not answer recent requests, so the gateway sent nothing. Retry later.")
        {
            RetryAfter = exchange.RetryAfter ?? RetrySoon,
        },
        ExchangeOutcome.Closed => new(
            StatusCode.Unavailable, Reason.RaidaUnreachable, "The gateway is shutting down. Call again.")
        {
            RetryAfter = RetrySoon,
        },
        _ => new(StatusCode.Unavailable, Reason.RaidaUnreachable, $"{server} is unreachable.")
        {
            RetryAfter = exchange.RetryAfter ?? RetrySoon,
        },
    };

    private static CallFailure OfStatus(Exchange exchange, WireCommand command, string server) => exchange.Status switch
    {
        WireStatus.CoinNotFound or WireStatus.ChallengeWrong => new(
            StatusCode.FailedPrecondition,
            Reason.CoinRefused,
            $"{server} does not know the coin, or has other numbers for it. Check the key file of the coin."),
        WireStatus.KeyStartInvalid => new(
            StatusCode.InvalidArgument, Reason.KeyStartInvalid, $"{server} refused the key start.")
        {
            BadFields = [new("key_start", "the key server refused it")],
        },
        WireStatus.KeyLengthInvalid => new(
            StatusCode.InvalidArgument, Reason.KeyLengthInvalid, $"{server} refused the length of the key part.")
        {
            BadFields = [new("key_part", "the key server refused its length")],
        },
        WireStatus.KeyNotFound => new(StatusCode.NotFound, Reason.KeyNotFound, $"{server} has no key part with that id."),
        WireStatus.SenderNotFound => new(
            StatusCode.NotFound, Reason.SenderNotFound, $"{server} does not know the sender's serial number."),
        WireStatus.AuthenticationRequired or WireStatus.BadUser or WireStatus.BadPassword
            or WireStatus.AnonymousReceiverRefused or WireStatus.AuthenticityNumberReused or WireStatus.SenderBlocked
            or WireStatus.ReceiverBlocked => new(
            StatusCode.PermissionDenied,
            Reason.GetKeyRefused,
            $"{server} refused to return the key part: {Words(exchange.Status)}."),
        WireStatus.Offline or WireStatus.BlockedPanOrOffline => new(
            StatusCode.Unavailable, Reason.RaidaOffline, $"{server} is offline.")
        {
            RetryAfter = RetrySoon,
        },
        // CoinFailures.WithCooldown adds the time after which the caller can retry.
        WireStatus.CoinOverused => new(
            StatusCode.ResourceExhausted, Reason.CoinOverused, $"{server} reported that the coin was used too often."),
        WireStatus.RaidaIdWrong => new(
            StatusCode.Internal,
            Reason.RaidaFailed,
            $"The server at {exchange.Server} is not key server {exchange.RaidaId}. Correct its address or RAIDA id in the settings."),
        _ => new(
            StatusCode.Internal,
            Reason.RaidaFailed,
            $"{server} answered {Words(command)} with status {exchange.StatusByte} ({Words(exchange.Status)})."),
    };

    // "KeyNotFound" as "key not found".
    private static string Words<TName>(TName name)
        where TName : struct, Enum =>
        string.Concat(name.ToString().Select((letter, index) =>
            char.IsAsciiLetterUpper(letter) && index > 0 ? $" {char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
