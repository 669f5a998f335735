using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>How an exchange that brought no success is told to the caller: the table of docs/ERRORS.md.</summary>
internal static class ExchangeFailures
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    /// <summary>Null when the exchange succeeded.</summary>
    /// <param name="network">The network's number; null for a Signal, which belongs to none.</param>
    public static CallFailure? Of(Exchange exchange, WireCommand command, ushort? network)
    {
        if (exchange is { Outcome: ExchangeOutcome.Answered, Status: WireStatus.Success })
        {
            return null;
        }

        var isAnswer = exchange.Outcome is ExchangeOutcome.Answered or ExchangeOutcome.Hinted;
        var who = network is null ? $"The signalling service {exchange.Server}" : $"Key server {exchange.RaidaId}";
        var failure = isAnswer ? OfStatus(exchange, command, who) : OfSilence(exchange, who);
        return failure with
        {
            Network = network,
            RaidaId = network is null ? null : exchange.RaidaId,
            RaidaStatus = isAnswer ? exchange.StatusByte : null,
            Attempts = exchange.Attempts,
        };
    }

    private static CallFailure OfSilence(Exchange exchange, string who) => exchange.Outcome switch
    {
        ExchangeOutcome.TimedOut => new(
            StatusCode.DeadlineExceeded, Reason.RaidaTimeout, $"{who} did not answer within the deadline."),
        ExchangeOutcome.Overloaded => new(
            StatusCode.ResourceExhausted, Reason.Overloaded, $"Too many requests wait for answers already.")
        {
            RetryAfter = exchange.RetryAfter ?? RetrySoon,
            QuotaSubject = "datagrams",
        },
        ExchangeOutcome.BreakerOpen => new(
            StatusCode.Unavailable, Reason.RaidaUnreachable, $"{who} was silent too often; nothing was sent.")
        {
            RetryAfter = exchange.RetryAfter ?? RetrySoon,
        },
        ExchangeOutcome.Closed => new(StatusCode.Unavailable, Reason.RaidaUnreachable, "The gateway is shutting down.")
        {
            RetryAfter = RetrySoon,
        },
        _ => new(StatusCode.Unavailable, Reason.RaidaUnreachable, $"{who} cannot be reached.")
        {
            RetryAfter = exchange.RetryAfter ?? RetrySoon,
        },
    };

    private static CallFailure OfStatus(Exchange exchange, WireCommand command, string who) => exchange.Status switch
    {
        WireStatus.CoinNotFound or WireStatus.ChallengeWrong => new(
            StatusCode.FailedPrecondition, Reason.CoinRefused, $"{who} does not know the coin, or knows another key of it."),
        WireStatus.KeyStartInvalid => new(
            StatusCode.InvalidArgument, Reason.KeyStartInvalid, $"{who} refuses the key start.")
        {
            BadFields = [new("key_start", "the key server refuses it")],
        },
        WireStatus.KeyLengthInvalid => new(
            StatusCode.InvalidArgument, Reason.KeyLengthInvalid, $"{who} refuses the key part's length.")
        {
            BadFields = [new("key_part", "the key server refuses its length")],
        },
        WireStatus.KeyNotFound => new(StatusCode.NotFound, Reason.KeyNotFound, $"{who} has no key part with that id."),
        WireStatus.SenderNotFound => new(
            StatusCode.NotFound, Reason.SenderNotFound, $"{who} does not know the sender's serial number."),
        WireStatus.AuthenticationRequired or WireStatus.BadUser or WireStatus.BadPassword
            or WireStatus.AnonymousReceiverRefused or WireStatus.AuthenticityNumberReused or WireStatus.SenderBlocked
            or WireStatus.ReceiverBlocked => new(
            StatusCode.PermissionDenied, Reason.GetKeyRefused, $"{who} refuses the key part: {Words(exchange.Status)}."),
        WireStatus.Offline or WireStatus.BlockedPanOrOffline => new(
            StatusCode.Unavailable, Reason.RaidaOffline, $"{who} is offline.")
        {
            RetryAfter = RetrySoon,
        },
        WireStatus.CoinOverused => new(
            StatusCode.ResourceExhausted, Reason.CoinOverused, $"{who} says that the coin was used too often."),
        _ => new(
            StatusCode.Internal,
            Reason.RaidaFailed,
            $"{who} failed at {Words(command)} with status {exchange.StatusByte} ({Words(exchange.Status)})."),
    };

    // "KeyNotFound" as "key not found".
    private static string Words<TName>(TName name)
        where TName : struct, Enum =>
        string.Concat(name.ToString().Select((letter, index) =>
            char.IsAsciiLetterUpper(letter) && index > 0 ? $" {char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
