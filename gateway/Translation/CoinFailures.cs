using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.State;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>Why there is no coin for a call, as its caller learns it.</summary>
internal static class CoinFailures
{
    private const byte UsedTooManyTimes = 7;
    private static readonly TimeSpan RetryState = TimeSpan.FromSeconds(1);

    public static CallFailure Unknown(ServerNumber server) => new(
        StatusCode.FailedPrecondition,
        Reason.CoinUnknown,
        $"The gateway has no key of that coin in network {server.Network}.")
    {
        Network = server.Network,
        RaidaId = server.RaidaId,
    };

    public static CallFailure None(ServerNumber server) => new(
        StatusCode.ResourceExhausted, Reason.NoFreeCoin, $"The gateway has no coin of network {server.Network}.")
    {
        Network = server.Network,
        RaidaId = server.RaidaId,
    };

    /// <summary>What a refused reservation means for the caller.</summary>
    /// <param name="named">The coin that the caller named; null when any would do.</param>
    public static CallFailure Of(in CoinGrant grant, ServerNumber server, CoinId? named)
    {
        var failure = (grant.Answer, named) switch
        {
            (CoinAnswer.Unavailable, _) => StateUnavailable(),
            (CoinAnswer.Overused, _) => new CallFailure(
                StatusCode.ResourceExhausted, Reason.CoinOverused, "The coin was used too often on that key server.")
            {
                RaidaStatus = UsedTooManyTimes,
                QuotaSubject = SubjectOf(server, named),
            },
            (CoinAnswer.Occupied, not null) => new CallFailure(
                StatusCode.FailedPrecondition, Reason.CoinOccupied, "The coin holds an unread part on that key server."),
            _ => new CallFailure(
                StatusCode.ResourceExhausted, Reason.NoFreeCoin, "No coin is free on that key server.")
            {
                QuotaSubject = SubjectOf(server, named),
            },
        };
        return failure with
        {
            Network = server.Network,
            RaidaId = server.RaidaId,
            RetryAfter = grant.RetryAfter > TimeSpan.Zero ? grant.RetryAfter : failure.RetryAfter,
        };
    }

    /// <summary>The key server itself says that the coin was used too often; now it rests.</summary>
    public static CallFailure Resting(this CallFailure failure, ServerNumber server, CoinId coin, TimeSpan rest) => failure with
    {
        RetryAfter = rest,
        QuotaSubject = SubjectOf(server, coin),
    };

    public static CallFailure StateUnavailable() => new(
        StatusCode.Unavailable, Reason.StateUnavailable, "The state that the gateway's replicas share cannot be reached.")
    {
        RetryAfter = RetryState,
    };

    private static string SubjectOf(ServerNumber server, CoinId? coin) =>
        coin is null ? $"coins:{server}" : $"coin:{server}/{coin}";
}
