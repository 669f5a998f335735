using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Observability;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>Reserves a coin for a post: the coin that the caller names, or a free one.</summary>
internal sealed class CoinReserver(
    CoinStore coinStore,
    ICoinState state,
    RefusedCoins refusedCoins,
    IOptionsMonitor<CoinLimitOptions> limit,
    LimiterMeter meter,
    TimeProvider timeProvider)
{
    /// <summary>Reserves a coin, or returns why none is available.</summary>
    /// <param name="keyIdTicket">The number of the post, if the server stores parts by key id.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReservationResult> ReserveAsync(ValidatedPost post, ulong? keyIdTicket, CallScope scope)
    {
        var candidates = CandidatesOf(post, scope);
        using var activity = GatewayActivities.StartLimiter();
        var grant = await state.ReserveAsync(
            new ReservationRequest(
                post.Server,
                candidates,
                StartOf(post, candidates.Count),
                post.Hash,
                post.Network.PartsOccupyCoins,
                LifetimeOf(post, scope),
                limit.CurrentValue.ToLimit())
            {
                KeyIdTicket = keyIdTicket,
            },
            scope.Cancellation);
        var decision = DecisionOf(grant.Answer);
        GatewayActivities.Decided(activity, LimiterMeter.Coin, decision);
        meter.OnDecided(LimiterMeter.Coin, decision);
        return grant;
    }

    public ValueTask CompleteAsync(in CoinReservation reservation, PostOutcome outcome) =>
        state.CompleteAsync(reservation, outcome);

    public ValueTask ReleaseKeyIdAsync(ValidatedPost post, ulong ticket) =>
        state.ReleaseKeyIdAsync(post.Server, post.Hash, ticket);

    public ValueTask StartCooldownAsync(in CoinReservation reservation, TimeSpan duration) =>
        state.StartCooldownAsync(reservation.Server, reservation.Coin, duration);

    /// <summary>The error of a reservation that is not granted.</summary>
    public CallFailure FailureOf(in ReservationResult result, ValidatedPost post, CallScope scope) =>
        result.Answer is not (ReservationAnswer.Unavailable or ReservationAnswer.KeyIdUsed)
        && CandidatesOf(post, scope).All(coin => refusedCoins.IsResting(post.Server, coin))
            ? CoinFailures.Refused(post.Server, result.RetryAfter)
            : CoinFailures.Of(result, post.Server, post.Coin);

    private int StartOf(ValidatedPost post, int count) =>
        count == 1 ? 0 : post.CoinStart is { } start ? (int)(start % (uint)count) : coinStore.RotateStart(count);

    private static string DecisionOf(ReservationAnswer answer) => answer switch
    {
        ReservationAnswer.Granted => LimiterMeter.Admitted,
        ReservationAnswer.Unavailable => LimiterMeter.Unavailable,
        _ => LimiterMeter.Refused,
    };

    private IReadOnlyList<CoinId> CandidatesOf(ValidatedPost post, CallScope scope)
    {
        var coins = coinStore.Of(post.Network.Id);
        if (post.Coin is { } named)
        {
            coins.RequireOpen(post.Server, named, scope.Permit);
            return coins.Find(named) is not null ? [named] : throw CoinFailures.Unknown(post.Server).ToException();
        }

        var allowed = coins.Permitted(post.Network.Id, scope.Permit);
        return allowed.Count > 0 ? allowed : throw CoinFailures.None(post.Server).ToException();
    }

    // The server stores the part before the deadline of the call, and keeps it for the key lifetime.
    private TimeSpan LifetimeOf(ValidatedPost post, CallScope scope)
    {
        var left = scope.Deadline - MonotonicTime.Now(timeProvider);
        return post.Network.KeyLifetime + (left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }
}
