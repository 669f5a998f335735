using System.Globalization;
using System.Runtime.CompilerServices;
using Rke.Gateway.Networks;
using Rke.Gateway.Redis;
using Rke.UdpBridge;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.Coins;

/// <summary>
/// The state of coins in Redis, for all replicas. Each method runs one script with the clock of Redis (docs/STATE.md).
/// </summary>
internal sealed class RedisCoinState(
    RedisCircuit circuit, RedisHeldCoins held, RedisRetryQueue retries, IEntropySource entropy) : ICoinState
{
    private static readonly RedisScript CompleteScript = new("coin-complete", "coin-record", "coin-released");
    private static readonly RedisScript FindScript = new("coin-find");
    private static readonly RedisScript FreeScript = new("coin-free", "coin-record", "coin-released");
    private static readonly RedisScript ReleaseKeyIdScript = new("key-id-release");
    private static readonly RedisScript ReserveScript = new("coin-reserve");
    private static readonly RedisScript CooldownScript = new("coin-cooldown", "coin-record");
    private static readonly RedisScript WithdrawScript = new("coin-withdraw", "coin-record", "coin-released");

    // The first candidate is usually free. If not, and after such a request, a batch has several candidates. The batches grow.
    private const int FirstCandidates = 4;
    private const int MaxCandidates = 512;

    // A request with more candidates uses the index of its list, once its first candidate was not free.
    private const int MaxUnlisted = 64;

    // How many candidates a request skips because this replica has reserved them. It tries them after the others.
    private const int MaxSkipped = 16;

    // Other replicas may reserve the coins of the index at the same time.
    private const int MaxSuggestions = 8;

    // The parts that one script frees.
    private const int MaxFreed = 64;

    // A paused Redis can run a reservation after the gateway withdrew it. Redis ignores such a reservation for this time.
    private const int WithdrawnMilliseconds = 600_000;

    private readonly CandidateLists _lists = new();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReservationResult> ReserveAsync(ReservationRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var server = held.Of(request.Server);
        var count = request.Candidates.Count;
        var first = FirstOf(request, server);
        var name = count > MaxUnlisted ? _lists.NameOf(request.Candidates, request.Limit) : "";
        var (size, list) = server.IsContended ? (FirstCandidates, name) : (1, "");
        var (occupied, earliest, suggestions) = (0L, long.MaxValue, 0);
        for (var offset = 0; offset < count;)
        {
            var coins = new CoinId[Math.Min(size, count - offset)];
            for (var index = 0; index < coins.Length; index++)
            {
                coins[index] = request.Candidates[(first + offset + index) % count];
            }

            var isFirst = offset == 0;
            CoinReply reply;
            do
            {
                reply = await ReserveAsync(request, server, list, coins);
                server.OnRequested(reply.Granted == 0 && isFirst);
                (coins, isFirst) = (reply.Suggestions, false);
                occupied += reply.Occupied;
                earliest = Math.Min(earliest, reply.Earliest);
            }
            while (reply.Result is null && coins.Length > 0 && suggestions++ < MaxSuggestions);

            if (reply.Result is { } result)
            {
                return result;
            }

            if (list != name)
            {
                // The next batch has the same coins, so that the index contains them.
                (list, size, occupied, earliest) = (name, FirstCandidates, 0, long.MaxValue);
                continue;
            }

            if (reply.IsWholeList && list.Length > 0)
            {
                (occupied, earliest) = (reply.Occupied, reply.Earliest);
                break;
            }

            (offset, size) = (offset + size, size < FirstCandidates ? FirstCandidates : Math.Min(size * 8, MaxCandidates));
        }

        var answer = occupied == 0 ? ReservationAnswer.Overused
            : count == 1 ? ReservationAnswer.Occupied
            : ReservationAnswer.NoFreeCoin;
        return ReservationResult.Refused(answer, TimeSpan.FromMicroseconds(earliest));
    }

    public ValueTask CompleteAsync(CoinReservation reservation, PostOutcome outcome)
    {
        if (outcome is PostOutcome.Stored or PostOutcome.Unknown)
        {
            return ValueTask.CompletedTask;
        }

        var server = held.Of(reservation.Server);
        var ticket = TicketOf(reservation.Ticket);
        if (outcome == PostOutcome.Orphaned)
        {
            held.EndBy(server, reservation.Coin, ticket, CoinReservation.DatagramLifetime);
        }
        else
        {
            RedisHeldCoins.Release(server, reservation.Coin, ticket);
        }

        var keys = new[]
        {
            server.Keys.Coin(reservation.Coin),
            server.Keys.Uses(reservation.Coin),
            server.Keys.Part(RedisCoinKeys.Digest(reservation.Part)),
            server.Keys.Released,
        };
        var left = outcome == PostOutcome.Orphaned ? (long)CoinReservation.DatagramLifetime.TotalMicroseconds : 0;
        return RunOrRetryAsync(CompleteScript, keys, [ticket, outcome == PostOutcome.NotSent ? 1 : 0, left]);
    }

    public ValueTask FreeAsync(ServerId server, KeyIdHash part, CoinId? coin)
    {
        var state = held.Of(server);
        var digest = RedisCoinKeys.Digest(part);
        RedisHeldCoins.ReleasePart(state, digest, coin);
        return coin is { } known
            ? new(state.ReadParts.AddAsync(known, digest, batch => FreeAsync(state, batch)))
            : retries.SendAsync(() => FindAndFreeAsync(state, digest));
    }

    public ValueTask ReleaseKeyIdAsync(ServerId server, KeyIdHash id, ulong ticket) =>
        RunOrRetryAsync(ReleaseKeyIdScript, [held.Of(server).Keys.KeyId(RedisCoinKeys.Digest(id))], [TicketOf(ticket)]);

    public ValueTask StartCooldownAsync(ServerId server, CoinId coin, TimeSpan duration)
    {
        var state = held.Of(server);
        return RunOrRetryAsync(CooldownScript, [state.Keys.Coin(coin)], [(long)duration.TotalMicroseconds]);
    }

    // Replicas begin at different coins, and each one knows which coins it has reserved. So the first candidate is usually free.
    private int FirstOf(in ReservationRequest request, RedisCoinServer server)
    {
        var count = request.Candidates.Count;
        var first = request.First;
        for (var skipped = 0; request.Occupies && skipped < Math.Min(MaxSkipped, count - 1); skipped++)
        {
            if (!held.IsHeld(server, request.Candidates[first]))
            {
                return first;
            }

            first = (first + 1) % count;
        }

        return first;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CoinReply> ReserveAsync(ReservationRequest request, RedisCoinServer server, string list, CoinId[] coins)
    {
        // Nothing was sent, so there is nothing to withdraw.
        if (!circuit.IsUp)
        {
            return Unavailable(circuit.RetryAfter);
        }

        var number = RedisTicket.Make(entropy);
        var ticket = TicketOf(number);
        var part = RedisCoinKeys.Digest(request.Part);
        var keys = KeysOf(request, server, list, coins, ticket, part);
        var values = new RedisValue[list.Length == 0 && request.Limit.IsNone ? 5 : 8];
        values[1] = ticket;
        values[2] = (long)request.Lifetime.TotalMicroseconds;
        values[3] = (long)RedisHeldCoins.Grace.TotalMicroseconds;
        values[4] = request.Occupies ? part : request.KeyIdTicket is { } use ? TicketOf(use) : "";
        if (values.Length > 5)
        {
            values[5] = request.Limit.Posts;
            values[6] = (long)request.Limit.Window.TotalMicroseconds;
            values[7] = list.Length > 0 ? request.Candidates.Count : 0;
        }

        // The epoch may change twice: it is unknown at first, and Redis may lose its state during the restore.
        for (var tries = 0; tries < 3; tries++)
        {
            values[0] = server.Epoch;
            if (await circuit.RunWithoutOutageAsync(ReserveScript, keys, values) is not { } result)
            {
                // The script may have run, may still run, or may have run before an outage. Withdraw the reservation.
                Withdraw(server, coins, ticket, part);
                return Unavailable(circuit.RetryAfter);
            }

            if (result.Length < 0)
            {
                return Grant(request, server, coins[0], number, part, (long)result) with { Granted = 0 };
            }

            var reply = (RedisValue[])result!;
            switch ((int)reply[0])
            {
                case 0:
                    var granted = (int)reply[1];
                    return Grant(request, server, coins[granted], number, part, (long)reply[2]) with { Granted = granted };
                case 1:
                    return new(Result: null, (long)reply[1], (long)reply[2], (int)reply[3] == 1)
                    {
                        Suggestions = [.. reply.Skip(4).Select(key => server.Keys.CoinOf(((string?)key)!))],
                    };
                case 2:
                    if (!await held.RestoreAsync(server, ((string?)reply[1])!))
                    {
                        return Unavailable(circuit.RetryAfter);
                    }

                    break;
                case 3:
                    return Unavailable(TimeSpan.FromMicroseconds((long)reply[2]));
                case 5:
                    return new(ReservationResult.Refused(ReservationAnswer.KeyIdUsed, TimeSpan.Zero));
            }
        }

        return Unavailable(circuit.RetryAfter);
    }

    private CoinReply Grant(
        in ReservationRequest request, RedisCoinServer server, CoinId coin, ulong number, string part, long ends)
    {
        if (request.Occupies)
        {
            held.Hold(server, coin, TicketOf(number), part, request.Lifetime);
        }

        var expiresAt = DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(ends);
        var reservation = new CoinReservation(request.Server, coin, request.Part, number, expiresAt);
        return new(ReservationResult.Granted(reservation));
    }

    private void Withdraw(RedisCoinServer server, CoinId[] coins, string ticket, string part)
    {
        var keys = new RedisKey[3 + (2 * coins.Length)];
        (keys[0], keys[1], keys[2]) = (server.Keys.Withdrawn(ticket), server.Keys.Part(part), server.Keys.Released);
        for (var index = 0; index < coins.Length; index++)
        {
            (keys[3 + (2 * index)], keys[4 + (2 * index)]) = (server.Keys.Coin(coins[index]), server.Keys.Uses(coins[index]));
        }

        retries.Add(async () => await circuit.RunAsync(
            WithdrawScript, keys, [ticket, WithdrawnMilliseconds, WithdrawnMilliseconds * 1000L]) is not null);
    }

    private async ValueTask<bool> FindAndFreeAsync(RedisCoinServer server, string part)
    {
        var waits = server.Keys.Part(part);
        if (await circuit.RunAsync(FindScript, [waits], []) is not { } found)
        {
            return false;
        }

        return found.IsNull
            || await circuit.RunAsync(FreeScript, [server.Keys.Released, ((string?)found)!, waits], [part]) is not null;
    }

    private async ValueTask FreeAsync(RedisCoinServer server, RedisReadBatch batch)
    {
        for (var first = 0; first < batch.Parts.Count; first += MaxFreed)
        {
            var count = Math.Min(MaxFreed, batch.Parts.Count - first);
            var (keys, values) = (new RedisKey[1 + (2 * count)], new RedisValue[count]);
            keys[0] = server.Keys.Released;
            for (var index = 0; index < count; index++)
            {
                var (coin, digest) = batch.Parts[first + index];
                (keys[1 + (2 * index)], keys[2 + (2 * index)]) = (server.Keys.Coin(coin), server.Keys.Part(digest));
                values[index] = digest;
            }

            await RunOrRetryAsync(FreeScript, keys, values);
        }
    }

    private ValueTask RunOrRetryAsync(RedisScript script, RedisKey[] keys, RedisValue[] values) =>
        retries.SendAsync(async () => await circuit.RunAsync(script, keys, values) is not null);

    private static RedisKey[] KeysOf(
        in ReservationRequest request, RedisCoinServer server, string list, CoinId[] coins, string ticket, string part)
    {
        var (next, step) = (list.Length > 0 ? 6 : 3, request.Limit.IsNone ? 1 : 2);
        var keys = new RedisKey[next + (step * coins.Length)];
        keys[0] = server.Keys.Epoch;
        keys[1] = server.Keys.Withdrawn(ticket);
        keys[2] = request.Occupies ? server.Keys.Part(part) : server.Keys.KeyId(part);
        if (list.Length > 0)
        {
            (keys[3], keys[4], keys[5]) = (server.Keys.Released, server.Keys.List(list), server.Keys.Busy(list));
        }

        foreach (var coin in coins)
        {
            keys[next] = server.Keys.Coin(coin);
            if (step == 2)
            {
                keys[next + 1] = server.Keys.Uses(coin);
            }

            next += step;
        }

        return keys;
    }

    private static CoinReply Unavailable(TimeSpan retryAfter) =>
        new(ReservationResult.Refused(ReservationAnswer.Unavailable, retryAfter));

    private static string TicketOf(ulong ticket) => ticket.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The reply of the script to some candidates.</summary>
    /// <param name="Result">The result of the request; null if none of the candidates is free.</param>
    /// <param name="Occupied">How many of the candidates are occupied.</param>
    /// <param name="Earliest">Until one of the candidates is free, µs.</param>
    /// <param name="IsWholeList">Whether the reply is valid for all coins of the request.</param>
    private readonly record struct CoinReply(
        ReservationResult? Result, long Occupied = 0, long Earliest = long.MaxValue, bool IsWholeList = false)
    {
        /// <summary>The index of the candidate that was granted; -1 if none.</summary>
        public int Granted { get; init; } = -1;

        /// <summary>Coins of the request that may be free.</summary>
        public CoinId[] Suggestions { get => field ?? []; init; }
    }
}
