using Rke.Gateway.Coins;
using Rke.Gateway.Observability;
using Rke.Gateway.Reload;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>Coins for posts: the caller's own choice, or one that is free.</summary>
internal sealed class CoinReservations(
    CoinShelf shelf, ICoinState state, LiveSettings live, LimiterMeter meter, TimeProvider timeProvider)
{
    /// <summary>A coin for this post alone, or why there is none.</summary>
    public async ValueTask<CoinGrant> ReserveAsync(PostKeyOrder order, CallScope scope)
    {
        var candidates = CandidatesOf(order, scope);
        using var activity = GatewayActivities.StartLimiter();
        var grant = await state.ReserveAsync(
            new CoinRequest(
                order.Server,
                candidates,
                candidates.Count > 1 ? shelf.Turn(candidates.Count) : 0,
                order.Hash.ToPart(),
                order.Network.PartsOccupyCoins,
                LifetimeOf(order, scope),
                live.CoinLimit.ToLimit()),
            scope.Cancellation);
        var decision = DecisionOf(grant.Answer);
        GatewayActivities.Decided(activity, LimiterMeter.Coin, decision);
        meter.OnDecided(LimiterMeter.Coin, decision);
        return grant;
    }

    public ValueTask CompleteAsync(in CoinReservation reservation, PostOutcome outcome) =>
        state.CompleteAsync(reservation, outcome);

    public ValueTask RestAsync(in CoinReservation reservation, TimeSpan rest) =>
        state.RestAsync(reservation.Server, reservation.Coin, rest);

    private static string DecisionOf(CoinAnswer answer) => answer switch
    {
        CoinAnswer.Granted => LimiterMeter.Admitted,
        CoinAnswer.Unavailable => LimiterMeter.Unavailable,
        _ => LimiterMeter.Refused,
    };

    private IReadOnlyList<CoinId> CandidatesOf(PostKeyOrder order, CallScope scope)
    {
        var coins = shelf.Of(order.Network.Id);
        if (order.Coin is { } named)
        {
            return coins.Find(named) is not null ? [named] : throw CoinFailures.Unknown(order.Server).ToException();
        }

        var allowed = scope.Permit.Among(order.Network.Id, coins.Ids);
        return allowed.Count > 0 ? allowed : throw CoinFailures.None(order.Server).ToException();
    }

    // The server stores the part at the latest when the call's deadline ends, and keeps it for the key lifetime.
    private TimeSpan LifetimeOf(PostKeyOrder order, CallScope scope)
    {
        var left = scope.Deadline - timeProvider.GetUtcNow();
        return order.Network.KeyLifetime + (left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }
}
