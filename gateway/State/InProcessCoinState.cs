using System.Collections.Concurrent;
using Rke.Wire;

namespace Rke.Gateway.State;

/// <summary>Coins in use, for one gateway alone: exact, and gone with the process.</summary>
internal sealed class InProcessCoinState(TimeProvider timeProvider) : ICoinState, ICoinCensus
{
    private readonly ConcurrentDictionary<ServerNumber, CoinTable> _tables = new();
    private readonly long _origin = timeProvider.GetTimestamp();
    private long _tickets;

    public ValueTask<CoinGrant> ReserveAsync(CoinRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var ticket = (ulong)Interlocked.Increment(ref _tickets);
        var grant = TableOf(request.Server).Reserve(request, ticket, Now, timeProvider.GetUtcNow());
        return ValueTask.FromResult(grant);
    }

    public ValueTask CompleteAsync(CoinReservation reservation, PostOutcome outcome)
    {
        TableOf(reservation.Server).Complete(reservation, outcome);
        return ValueTask.CompletedTask;
    }

    public ValueTask FreeAsync(ServerNumber server, PartHash part, CoinId? coin)
    {
        TableOf(server).Free(part, coin);
        return ValueTask.CompletedTask;
    }

    public ValueTask RestAsync(ServerNumber server, CoinId coin, TimeSpan duration)
    {
        TableOf(server).Rest(coin, Now + duration);
        return ValueTask.CompletedTask;
    }

    public TimeSpan Interval => TimeSpan.FromSeconds(5);

    public ValueTask<CoinCounts?> CountAsync(
        ServerNumber server, IReadOnlyList<CoinId> coins, CoinLimit limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult<CoinCounts?>(TableOf(server).Count(coins, limit, Now));

    // Monotonic: a step of the wall clock frees no coin.
    private TimeSpan Now => timeProvider.GetElapsedTime(_origin);

    private CoinTable TableOf(ServerNumber server) => _tables.GetOrAdd(server, _ => new());
}
