using System.Buffers.Binary;
using System.Numerics;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Bench.Coins;

/// <summary>The coins of one key server, all of which hold an unread part.</summary>
internal sealed class TakenCoins(ICoinState state, int count)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private static int _parts;

    private readonly ServerId _server = new((ushort)(10 + Log2(count)), 14);
    private readonly CoinId[] _coins = [.. Enumerable.Range(1, count).Select(number => new CoinId(0, (uint)number))];
    private readonly List<CoinReservation> _granted = [];
    private int _next;

    public int Count => count;

    /// <summary>Reserves all coins.</summary>
    public async Task FillAsync()
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var index = 0; index < count; index++)
        {
            var granted = await ReserveAsync(index);
            while (granted.Answer == ReservationAnswer.Unavailable)
            {
                // Redis grants no coin at the start of a new state.
                await pause.WaitForNextTickAsync();
                granted = await ReserveAsync(index);
            }

            _granted.Add(granted.Reservation);
        }

        // The client opens its second connection later, and then the state is unavailable for a moment.
        for (var successes = 0; successes < count;)
        {
            successes = await TryReleaseAndReserveAsync() ? successes + 1 : 0;
        }
    }

    /// <summary>One request, which is refused.</summary>
    public async Task RefuseAsync()
    {
        var refused = await ReserveAsync(_next++ * 7919 % count);
        Check(refused.Answer == ReservationAnswer.NoFreeCoin);
    }

    /// <summary>One release, and one request that gets the released coin.</summary>
    public async Task ReleaseAndReserveAsync() => Check(await TryReleaseAndReserveAsync());

    private async Task<bool> TryReleaseAndReserveAsync()
    {
        var index = _next++ * 7919 % count;
        await state.CompleteAsync(_granted[index], PostOutcome.Refused);
        var granted = await ReserveAsync((index + (count / 2)) % count);
        if (granted.Answer != ReservationAnswer.Granted)
        {
            return false;
        }

        _granted[index] = granted.Reservation;
        return true;
    }

    private static int Log2(int number) => BitOperations.Log2((uint)number);

    private static void Check(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("A reservation has the wrong result.");
        }
    }

    private ValueTask<ReservationResult> ReserveAsync(int first)
    {
        Span<byte> hash = stackalloc byte[KeyIdHash.Length];
        BinaryPrimitives.WriteInt32BigEndian(hash, Interlocked.Increment(ref _parts));
        return state.ReserveAsync(
            new(_server, _coins, first, KeyIdHash.Read(hash), Occupies: true, Lifetime, new(0, TimeSpan.Zero)),
            CancellationToken.None);
    }
}

/// <summary>The state of coins in this process.</summary>
internal static class InProcess
{
    public static ICoinState Create() => new InProcessCoinState(TimeProvider.System);
}
