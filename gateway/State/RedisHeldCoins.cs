using System.Collections.Concurrent;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// What this replica knows of the coins that it reserved itself, so that a Redis that lost its data learns again which
/// coins hold unread parts: every replica tells its own, while new reservations wait (<see cref="Grace"/>).
/// </summary>
internal sealed class RedisHeldCoins(RedisCircuit circuit, TimeProvider timeProvider)
{
    /// <summary>How long nobody gets a coin after a state began anew.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(600);

    // A replica that became primary may lack what its predecessor did last.
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(10);

    // Two clocks and a timer never quite agree.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(20);

    private const int MostAtOnce = 256;

    private readonly ConcurrentDictionary<ServerNumber, RedisServer> _servers = new();

    public RedisServer Of(ServerNumber server) => _servers.GetOrAdd(server, number => new(number));

    public void Hold(RedisServer server, CoinId coin, RedisValue ticket, RedisValue part, TimeSpan lifetime) =>
        server.Held[coin] = new(ticket, part, timeProvider.GetTimestamp(), lifetime);

    /// <summary>A post left no part: the coin is not held, unless for another one.</summary>
    public static void LetGo(RedisServer server, CoinId coin, RedisValue ticket)
    {
        if (server.Held.TryGetValue(coin, out var held) && held.Ticket == ticket)
        {
            server.Held.TryRemove(new(coin, held));
        }
    }

    /// <summary>A part is gone.</summary>
    /// <param name="coin">The coin that held it, where that is known.</param>
    public static void LetGoOf(RedisServer server, RedisValue part, CoinId? coin)
    {
        if (coin is { } known)
        {
            if (server.Held.TryGetValue(known, out var held) && held.Part == part)
            {
                server.Held.TryRemove(new(known, held));
            }

            return;
        }

        foreach (var held in server.Held)
        {
            if (held.Value.Part == part)
            {
                server.Held.TryRemove(held);
            }
        }
    }

    /// <summary>The state of a server began anew, as somebody found out: tells what is held there.</summary>
    public async Task<bool> TellAsync(RedisServer server, string epoch)
    {
        await server.Telling.WaitAsync();
        try
        {
            return server.Epoch == epoch || await TellAsync(server, epoch, TimeSpan.MaxValue);
        }
        finally
        {
            server.Telling.Release();
        }
    }

    /// <summary>
    /// Before callers are let through to a Redis that was away: tells what it may have lost, and begins the state of
    /// every server that has none.
    /// </summary>
    public async Task<bool> ReturnAsync()
    {
        var told = await Task.WhenAll(_servers.Values.Select(server =>
            TellAsync(server, server.Epoch, Recent)));
        return Array.TrueForAll(told, isTold => isTold);
    }

    /// <summary>Waits until nobody is kept from coins because a state began just now.</summary>
    public Task OutliveGraceAsync(CancellationToken cancellationToken)
    {
        var graces = _servers.Values.Select(server => server.GraceEnds - timeProvider.GetTimestamp());
        var left = graces.DefaultIfEmpty().Max() / (double)timeProvider.TimestampFrequency;
        return left > 0
            ? Task.Delay(TimeSpan.FromSeconds(left) + Margin, timeProvider, cancellationToken)
            : Task.CompletedTask;
    }

    /// <summary>Looks whether any state began anew that something is held in.</summary>
    public async Task WatchAsync()
    {
        if (circuit.IsUp)
        {
            await Task.WhenAll(_servers.Values.Where(IsHolding).Select(server =>
                TellAsync(server, server.Epoch, TimeSpan.Zero)));
        }
    }

    private bool IsHolding(RedisServer server)
    {
        foreach (var held in server.Held)
        {
            if (LeftOf(held.Value) <= TimeSpan.Zero)
            {
                server.Held.TryRemove(held);
            }
        }

        return !server.Held.IsEmpty;
    }

    // Tells what was held within the time; but all of it in an epoch that is another one than expected.
    private async Task<bool> TellAsync(RedisServer server, string epoch, TimeSpan within)
    {
        for (var tries = 0; tries < 3; tries++)
        {
            if (await TellOnceAsync(server, epoch, within) is not { } found)
            {
                return false;
            }

            if (found == epoch)
            {
                server.Epoch = epoch;
                return true;
            }

            (epoch, within) = (found, TimeSpan.MaxValue);
        }

        return false;
    }

    private async Task<string?> TellOnceAsync(RedisServer server, string epoch, TimeSpan within)
    {
        var held = server.Held.Where(coin => timeProvider.GetElapsedTime(coin.Value.Since) < within
            && LeftOf(coin.Value) > TimeSpan.Zero).ToArray();
        var found = epoch;
        for (var first = 0; first == 0 || first < held.Length; first += MostAtOnce)
        {
            var some = held.Skip(first).Take(MostAtOnce).ToArray();
            var keys = new List<RedisKey> { server.Keys.Epoch };
            var values = new List<RedisValue> { epoch };
            foreach (var (coin, value) in some)
            {
                keys.AddRange([server.Keys.Coin(coin), server.Keys.Part(value.Part)]);
                values.AddRange([value.Ticket, value.Part, (long)LeftOf(value).TotalMicroseconds + 1000]);
            }

            var result = await circuit.RunAnywayAsync(RedisScript.Restore, [.. keys], [.. values]);
            if (result is null)
            {
                return null;
            }

            var reply = (RedisValue[])result!;
            found = reply[0]!;
            server.BeganAgo(TimeSpan.FromMicroseconds((long)reply[1]), timeProvider);
            if (found != epoch)
            {
                return found;
            }
        }

        return found;
    }

    private TimeSpan LeftOf(in RedisHeldCoin held) => held.Lifetime - timeProvider.GetElapsedTime(held.Since);
}
