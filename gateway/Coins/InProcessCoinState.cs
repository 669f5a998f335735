using System.Collections.Concurrent;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>The state of coins in the memory of one gateway. It is lost when the process ends.</summary>
internal sealed class InProcessCoinState(TimeProvider timeProvider) : ICoinState, ICoinRefusals, ICoinCounter
{
    private readonly ConcurrentDictionary<ServerId, CoinTable> _tables = new();
    private readonly UsedKeyIds _keyIds = new(timeProvider);
    private readonly long _origin = timeProvider.GetTimestamp();
    private long _tickets;

    public ValueTask<ReservationResult> ReserveAsync(ReservationRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var isNewId = false;
        if (request.KeyIdTicket is { } use && !_keyIds.TryUse(request.Server, request.Part, use, request.Lifetime, out isNewId))
        {
            return ValueTask.FromResult(ReservationResult.Refused(ReservationAnswer.KeyIdUsed, TimeSpan.Zero));
        }

        var ticket = (ulong)Interlocked.Increment(ref _tickets);
        var grant = TableOf(request.Server).Reserve(request, ticket, Now, TimeOfDay.Now(timeProvider));
        if (isNewId && grant.Answer != ReservationAnswer.Granted)
        {
            _keyIds.Release(request.Server, request.Part, request.KeyIdTicket!.Value);
        }

        return ValueTask.FromResult(grant);
    }

    public ValueTask CompleteAsync(CoinReservation reservation, PostOutcome outcome)
    {
        TableOf(reservation.Server).Complete(reservation, outcome, Now);
        return ValueTask.CompletedTask;
    }

    public ValueTask FreeAsync(ServerId server, KeyIdHash part, CoinId? coin)
    {
        TableOf(server).Free(part, coin);
        return ValueTask.CompletedTask;
    }

    public ValueTask StartCooldownAsync(ServerId server, CoinId coin, TimeSpan duration)
    {
        TableOf(server).StartCooldown(coin, Now + duration);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReleaseKeyIdAsync(ServerId server, KeyIdHash id, ulong ticket)
    {
        _keyIds.Release(server, id, ticket);
        return ValueTask.CompletedTask;
    }

    public ValueTask<CoinRefusal?> RefuseAsync(ServerId server, CoinId coin) =>
        ValueTask.FromResult<CoinRefusal?>(TableOf(server).Refuse(coin, Now));

    public ValueTask AcceptAsync(ServerId server, CoinId coin)
    {
        TableOf(server).Accept(coin);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<CoinRefusal>?> FindAsync(ServerId server) =>
        ValueTask.FromResult<IReadOnlyList<CoinRefusal>?>(TableOf(server).Refusals(Now));

    public TimeSpan Interval => TimeSpan.FromSeconds(5);

    public ValueTask<CoinCounts?> CountAsync(
        ServerId server, IReadOnlyList<CoinId> coins, CoinLimit limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult<CoinCounts?>(TableOf(server).Count(coins, limit, Now));

    // Monotonic time, so that a step of the system clock frees no coin.
    private TimeSpan Now => timeProvider.GetElapsedTime(_origin);

    private CoinTable TableOf(ServerId server) => _tables.GetOrAdd(server, _ => new());
}
