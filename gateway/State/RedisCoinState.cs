using System.Globalization;
using Rke.UdpBridge;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>Coins in use, agreed on by all replicas: each step is one script on Redis's own clock (docs/STATE.md).</summary>
internal sealed class RedisCoinState(
    RedisCircuit circuit, RedisHeldCoins held, RedisAftermath aftermath, IEntropySource entropy) : ICoinState
{
    // Mostly the first one is free; only when many are not, many are asked about.
    private const int FirstCandidates = 4;
    private const int MostCandidates = 512;

    // A command that was lost on its way to a Redis that was stopped comes when that goes on, or never.
    private const int WithdrawnMilliseconds = 600_000;

    public async ValueTask<CoinGrant> ReserveAsync(CoinRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (occupied, soonest, count) = (0L, long.MaxValue, request.Candidates.Count);
        for (int offset = 0, size = FirstCandidates; offset < count; offset += size, size = Math.Min(size * 8, MostCandidates))
        {
            var coins = new CoinId[Math.Min(size, count - offset)];
            for (var index = 0; index < coins.Length; index++)
            {
                coins[index] = request.Candidates[(request.First + offset + index) % count];
            }

            var reply = await ReserveAsync(request, coins);
            if (reply.Grant is { } grant)
            {
                return grant;
            }

            occupied += reply.Occupied;
            soonest = Math.Min(soonest, reply.Soonest);
        }

        var answer = occupied == 0 ? CoinAnswer.Overused : count == 1 ? CoinAnswer.Occupied : CoinAnswer.NoFreeCoin;
        return CoinGrant.Refused(answer, TimeSpan.FromMicroseconds(soonest));
    }

    public ValueTask CompleteAsync(CoinReservation reservation, PostOutcome outcome)
    {
        if (outcome is PostOutcome.Stored or PostOutcome.Unknown)
        {
            return ValueTask.CompletedTask;
        }

        var server = held.Of(reservation.Server);
        var ticket = TicketOf(reservation.Ticket);
        RedisHeldCoins.LetGo(server, reservation.Coin, ticket);
        var keys = new[]
        {
            server.Keys.Coin(reservation.Coin),
            server.Keys.Uses(reservation.Coin),
            server.Keys.Part(RedisKeys.Digest(reservation.Part)),
        };
        return TellAsync(RedisScript.Complete, server, keys, [ticket, outcome == PostOutcome.NotSent ? 1 : 0]);
    }

    public ValueTask FreeAsync(ServerNumber server, PartHash part, CoinId? coin)
    {
        var there = held.Of(server);
        var digest = RedisKeys.Digest(part);
        RedisHeldCoins.LetGoOf(there, digest, coin);
        return coin is { } known
            ? TellAsync(RedisScript.Free, there, [there.Keys.Coin(known), there.Keys.Part(digest)], [digest])
            : aftermath.TellAsync(() => FindAndFreeAsync(there, digest));
    }

    public ValueTask RestAsync(ServerNumber server, CoinId coin, TimeSpan duration)
    {
        var there = held.Of(server);
        return TellAsync(RedisScript.Rest, there, [there.Keys.Coin(coin)], [(long)duration.TotalMicroseconds]);
    }

    private async ValueTask<(CoinGrant? Grant, long Occupied, long Soonest)> ReserveAsync(CoinRequest request, CoinId[] coins)
    {
        var server = held.Of(request.Server);
        var number = MakeTicket();
        var ticket = TicketOf(number);
        var part = RedisKeys.Digest(request.Part);
        var keys = KeysOf(server, coins, [server.Keys.Epoch, server.Keys.Part(part), server.Keys.Withdrawn(ticket)]);

        // Then nothing is sent, and nothing is to be taken back.
        if (!circuit.IsUp)
        {
            return (Unavailable(circuit.RetryAfter), 0, 0);
        }

        // At most: nothing known yet, then lost again while it is told.
        for (var tries = 0; tries < 3; tries++)
        {
            RedisValue[] values =
            [
                ticket,
                part,
                request.Occupies ? 1 : 0,
                (long)request.Lifetime.TotalMicroseconds,
                request.Limit.Posts,
                (long)request.Limit.Window.TotalMicroseconds,
                server.Epoch,
                (long)RedisHeldCoins.Grace.TotalMicroseconds,
            ];
            if (await circuit.RunAsync(RedisScript.Reserve, keys, values) is not { } result)
            {
                // Should it have been carried out, or still be, it is taken back.
                Withdraw(server, coins, ticket, part);
                return (Unavailable(circuit.RetryAfter), 0, 0);
            }

            var reply = (RedisValue[])result!;
            switch ((int)reply[0])
            {
                case 0:
                    var coin = coins[(int)reply[1]];
                    if (request.Occupies)
                    {
                        held.Hold(server, coin, ticket, part, request.Lifetime);
                    }

                    var ends = DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds((long)reply[2]);
                    return (CoinGrant.Granted(new(request.Server, coin, request.Part, number, ends)), 0, 0);
                case 1:
                    return (null, (long)reply[1], (long)reply[2]);
                case 2:
                    if (!await held.TellAsync(server, ((string?)reply[1])!))
                    {
                        return (Unavailable(circuit.RetryAfter), 0, 0);
                    }

                    break;
                case 3:
                    return (Unavailable(TimeSpan.FromMicroseconds((long)reply[2])), 0, 0);
            }
        }

        return (Unavailable(circuit.RetryAfter), 0, 0);
    }

    private void Withdraw(RedisServer server, CoinId[] coins, RedisValue ticket, RedisValue part)
    {
        var keys = KeysOf(server, coins, [server.Keys.Withdrawn(ticket), server.Keys.Part(part)]);
        aftermath.Add(async () => await circuit.RunAsync(
            RedisScript.Withdraw, keys, [ticket, WithdrawnMilliseconds]) is not null);
    }

    private async ValueTask<bool> FindAndFreeAsync(RedisServer server, RedisValue part)
    {
        var waits = server.Keys.Part(part);
        if (await circuit.RunAsync(RedisScript.Find, [waits], []) is not { } found)
        {
            return false;
        }

        return found.IsNull
            || await circuit.RunAsync(RedisScript.Free, [((string?)found)!, waits], [part]) is not null;
    }

    private ValueTask TellAsync(RedisScript script, RedisServer server, RedisKey[] keys, RedisValue[] values) =>
        aftermath.TellAsync(async () => await circuit.RunAsync(script, keys, values) is not null);

    private static RedisKey[] KeysOf(RedisServer server, CoinId[] coins, ReadOnlySpan<RedisKey> first)
    {
        var keys = new RedisKey[first.Length + (2 * coins.Length)];
        first.CopyTo(keys);
        for (var index = 0; index < coins.Length; index++)
        {
            keys[first.Length + (2 * index)] = server.Keys.Coin(coins[index]);
            keys[first.Length + (2 * index) + 1] = server.Keys.Uses(coins[index]);
        }

        return keys;
    }

    private static CoinGrant Unavailable(TimeSpan retryAfter) => CoinGrant.Refused(CoinAnswer.Unavailable, retryAfter);

    private ulong MakeTicket()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        entropy.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }

    private static RedisValue TicketOf(ulong ticket) => ticket.ToString("x16", CultureInfo.InvariantCulture);
}
