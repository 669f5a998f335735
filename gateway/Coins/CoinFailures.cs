using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>The errors of calls that get no coin.</summary>
internal static class CoinFailures
{
    private const byte OverusedStatus = 7;

    public static CallFailure Unknown(ServerId server) => new(
        StatusCode.FailedPrecondition,
        Reason.CoinUnknown,
        $"The gateway has no key file with that coin of network {server.Network}.")
    {
        Network = server.Network,
        RaidaId = server.RaidaId,
    };

    public static CallFailure None(ServerId server) => new(
        StatusCode.ResourceExhausted, Reason.NoFreeCoin, $"The gateway has no coin of network {server.Network}.")
    {
        Network = server.Network,
        RaidaId = server.RaidaId,
    };

    /// <summary>The error of a call that names a coin of <see cref="ReservedCoins"/>.</summary>
    public static CallFailure Reserved(ServerId server, CoinId coin) => new(
        StatusCode.PermissionDenied,
        Reason.NotPermitted,
        $"Coin {coin} of network {server.Network} is reserved for the KME (Rke:Kme:Pairs). Use another coin.")
    {
        Network = server.Network,
    };

    /// <summary>The error of a refused reservation.</summary>
    /// <param name="named">The coin that the caller named; null if any coin is allowed.</param>
    public static CallFailure Of(in ReservationResult result, ServerId server, CoinId? named)
    {
        var failure = (result.Answer, named) switch
        {
            (ReservationAnswer.Unavailable, _) => CallFailure.StateUnavailable(),
            (ReservationAnswer.KeyIdUsed, _) => new CallFailure(
                StatusCode.AlreadyExists,
                Reason.KeyIdUsed,
                $"A part was posted with this key id to key server {server.RaidaId}. Use another key id, or leave key_id empty."),
            (ReservationAnswer.Overused, _) => new CallFailure(
                StatusCode.ResourceExhausted,
                Reason.CoinOverused,
                "The coin was used too often on that key server. Wait, or use another coin.")
            {
                RaidaStatus = OverusedStatus,
                QuotaSubject = SubjectOf(server, named),
            },
            (ReservationAnswer.Occupied, not null) => new CallFailure(
                StatusCode.FailedPrecondition,
                Reason.CoinOccupied,
                "The coin holds an unread part on that key server. Use another coin, or wait until the part is read or expires."),
            _ => new CallFailure(
                StatusCode.ResourceExhausted, Reason.NoFreeCoin, "No coin is free on that key server. Wait, or add coins.")
            {
                QuotaSubject = SubjectOf(server, named),
            },
        };
        return failure with
        {
            Network = server.Network,
            RaidaId = server.RaidaId,
            RetryAfter = result.RetryAfter > TimeSpan.Zero ? result.RetryAfter : failure.RetryAfter,
        };
    }

    /// <summary>The error if all coins that a call may use rest, because the key server refused them.</summary>
    public static CallFailure Refused(ServerId server, TimeSpan retryAfter) => new(
        StatusCode.FailedPrecondition,
        Reason.CoinRefused,
        $"Key server {server.RaidaId} does not know the coin, or has other numbers for it. Check the key file of the coin.")
    {
        Network = server.Network,
        RaidaId = server.RaidaId,
        RetryAfter = retryAfter > TimeSpan.Zero ? retryAfter : null,
    };

    /// <summary>Adds the cooldown of a coin to the error of a key server that reported the coin as overused.</summary>
    public static CallFailure WithCooldown(
        this CallFailure failure, ServerId server, CoinId coin, TimeSpan cooldown) => failure with
        {
            RetryAfter = cooldown,
            QuotaSubject = SubjectOf(server, coin),
        };

    private static string SubjectOf(ServerId server, CoinId? coin) =>
        coin is null ? $"coins:{server}" : $"coin:{server}/{coin}";
}
