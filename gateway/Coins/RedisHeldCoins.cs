using System.Collections.Concurrent;
using Rke.Gateway.Networks;
using Rke.Gateway.Redis;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.Coins;

/// <summary>
/// The coins that this replica has reserved. If Redis loses its data, each replica restores its own coins, while new
/// reservations wait for <see cref="Grace"/>.
/// </summary>
internal sealed class RedisHeldCoins : IRedisRestore
{
    private static readonly RedisScript RestoreScript = new("coin-restore", "coin-record");

    /// <summary>How long reservations are refused after the state of a key server was created.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(600);

    // A Redis replica that becomes primary may lack the last writes of its predecessor.
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(10);

    // The clocks of Redis and of this process, and the timer, differ slightly.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(20);

    private const int MaxAtOnce = 256;

    private readonly RedisCircuit _circuit;
    private readonly TimeProvider _timeProvider;
    private readonly ConcurrentDictionary<ServerId, RedisCoinServer> _servers = new();

    /// <param name="servers">The key servers whose state is created on the first connection to Redis.</param>
    public RedisHeldCoins(RedisCircuit circuit, IEnumerable<ServerId> servers, TimeProvider timeProvider)
    {
        (_circuit, _timeProvider) = (circuit, timeProvider);
        foreach (var server in servers)
        {
            Of(server);
        }
    }

    public RedisCoinServer Of(ServerId server) => _servers.GetOrAdd(server, id => new(id));

    public void Hold(RedisCoinServer server, CoinId coin, string ticket, string part, TimeSpan lifetime) =>
        server.Held[coin] = new(ticket, part, _timeProvider.GetTimestamp(), lifetime);

    /// <summary>
    /// Whether this replica has reserved a coin, and the reservation has not ended. The coin may be free, because its part may have been
    /// read through another replica.
    /// </summary>
    public bool IsHeld(RedisCoinServer server, CoinId coin) =>
        server.Held.TryGetValue(coin, out var held) && LeftOf(held) > TimeSpan.Zero;

    /// <summary>The post stored no part. Does nothing if the coin has another reservation.</summary>
    public static void Release(RedisCoinServer server, CoinId coin, string ticket)
    {
        if (server.Held.TryGetValue(coin, out var held) && held.Ticket == ticket)
        {
            server.Held.TryRemove(new(coin, held));
        }
    }

    /// <summary>The coin is free after this time. Does nothing if it is free before, or if it has another reservation.</summary>
    public void EndBy(RedisCoinServer server, CoinId coin, string ticket, TimeSpan left)
    {
        if (server.Held.TryGetValue(coin, out var held) && held.Ticket == ticket && LeftOf(held) > left)
        {
            server.Held.TryUpdate(coin, held with { Lifetime = _timeProvider.GetElapsedTime(held.Since) + left }, held);
        }
    }

    /// <summary>The part was read.</summary>
    /// <param name="coin">The coin of the part, if known.</param>
    public static void ReleasePart(RedisCoinServer server, string part, CoinId? coin)
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

    /// <summary>Restores the coins of a key server after a script reported another epoch.</summary>
    public async Task<bool> RestoreAsync(RedisCoinServer server, string epoch)
    {
        await server.RestoreLock.WaitAsync();
        try
        {
            return server.Epoch == epoch || await RestoreAsync(server, epoch, TimeSpan.MaxValue);
        }
        finally
        {
            server.RestoreLock.Release();
        }
    }

    /// <summary>
    /// Restores what Redis may have lost, and creates the state of each key server that has none. Runs after a
    /// reconnect, before calls use Redis.
    /// </summary>
    public async Task<bool> RestoreAsync()
    {
        var results = await Task.WhenAll(_servers.Values.Select(server =>
            RestoreAsync(server, server.Epoch, Recent)));
        return Array.TrueForAll(results, isRestored => isRestored);
    }

    /// <summary>Waits until the grace period of each key server has ended.</summary>
    public Task WaitForGraceAsync(CancellationToken cancellationToken)
    {
        var graces = _servers.Values.Select(server => server.GraceEnds - _timeProvider.GetTimestamp());
        var left = graces.DefaultIfEmpty().Max() / (double)_timeProvider.TimestampFrequency;
        return left > 0
            ? Task.Delay(TimeSpan.FromSeconds(left) + Margin, _timeProvider, cancellationToken)
            : Task.CompletedTask;
    }

    /// <summary>
    /// Checks the epoch of each key server where this replica holds coins, and restores them if it changed. During the grace period of
    /// the epoch, restores them again: the first restore does not contain a coin whose reservation in the earlier epoch was processed
    /// later.
    /// </summary>
    public async Task CheckAsync()
    {
        if (_circuit.IsUp)
        {
            await Task.WhenAll(_servers.Values.Where(IsHolding).Select(server =>
                RestoreAsync(server, server.Epoch, IsInGrace(server) ? TimeSpan.MaxValue : TimeSpan.Zero)));
        }
    }

    private bool IsInGrace(RedisCoinServer server) => _timeProvider.GetTimestamp() < server.GraceEnds;

    private bool IsHolding(RedisCoinServer server)
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

    // Restores the coins that were reserved within the time. If the epoch is not the expected one, restores all coins.
    private async Task<bool> RestoreAsync(RedisCoinServer server, string epoch, TimeSpan within)
    {
        for (var tries = 0; tries < 3; tries++)
        {
            if (await RestoreOnceAsync(server, epoch, within) is not { } found)
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

    private async Task<string?> RestoreOnceAsync(RedisCoinServer server, string epoch, TimeSpan within)
    {
        var held = server.Held.Where(coin => _timeProvider.GetElapsedTime(coin.Value.Since) < within
            && LeftOf(coin.Value) > TimeSpan.Zero).ToArray();
        var found = epoch;
        for (var first = 0; first == 0 || first < held.Length; first += MaxAtOnce)
        {
            var some = held.Skip(first).Take(MaxAtOnce).ToArray();
            var keys = new List<RedisKey> { server.Keys.Epoch };
            var values = new List<RedisValue> { epoch };
            foreach (var (coin, value) in some)
            {
                keys.AddRange([server.Keys.Coin(coin), server.Keys.Part(value.Part)]);
                values.AddRange([value.Ticket, value.Part, (long)LeftOf(value).TotalMicroseconds + 1000]);
            }

            var result = await _circuit.RunRegardlessAsync(RestoreScript, [.. keys], [.. values]);
            if (result is null)
            {
                return null;
            }

            var reply = (RedisValue[])result!;
            found = reply[0]!;
            server.SetEpochAge(TimeSpan.FromMicroseconds((long)reply[1]), _timeProvider);
            if (found != epoch)
            {
                return found;
            }
        }

        return found;
    }

    private TimeSpan LeftOf(in RedisHeldCoin held) => held.Lifetime - _timeProvider.GetElapsedTime(held.Since);
}

/// <summary>A coin that this replica has reserved.</summary>
/// <param name="Ticket">The number of the reservation.</param>
/// <param name="Part">The digest of the part.</param>
/// <param name="Since">When it was reserved, a timestamp of this process.</param>
/// <param name="Lifetime">How long the reservation is valid.</param>
internal readonly record struct RedisHeldCoin(string Ticket, string Part, long Since, TimeSpan Lifetime);

/// <summary>What this replica has read and written of the shared state of one key server.</summary>
internal sealed class RedisCoinServer(ServerId id)
{
    // The number of requests for which the first candidate counts as probably not free.
    private const int Contended = 64;

    private volatile string _epoch = "";
    private int _contention;

    public RedisCoinKeys Keys { get; } = new(id);

    /// <summary>The last known epoch: when the state was created. Empty if unknown.</summary>
    public string Epoch
    {
        get => _epoch;
        set => _epoch = value;
    }

    /// <summary>When the grace period ends, a timestamp of this process.</summary>
    public long GraceEnds { get; private set; }

    /// <summary>The coins that this replica has reserved, and that are not known to be free.</summary>
    public ConcurrentDictionary<CoinId, RedisHeldCoin> Held { get; } = new();

    /// <summary>Whether the first candidate of a recent request was not free.</summary>
    public bool IsContended => Volatile.Read(ref _contention) > 0;

    /// <summary>The parts that were read, and whose coins are not free yet.</summary>
    public RedisReadParts ReadParts { get; } = new();

    /// <summary>Serializes restores.</summary>
    public SemaphoreSlim RestoreLock { get; } = new(1);

    /// <summary>Counts a request, for <see cref="IsContended"/>.</summary>
    public void OnRequested(bool isFirstFree)
    {
        var contention = Volatile.Read(ref _contention);
        if (!isFirstFree)
        {
            Volatile.Write(ref _contention, Contended);
        }
        else if (contention > 0)
        {
            Volatile.Write(ref _contention, contention - 1);
        }
    }

    public void SetEpochAge(TimeSpan age, TimeProvider timeProvider)
    {
        var left = RedisHeldCoins.Grace - age;
        GraceEnds = age >= TimeSpan.Zero && left > TimeSpan.Zero
            ? timeProvider.GetTimestamp() + (long)(left.TotalSeconds * timeProvider.TimestampFrequency)
            : 0;
    }
}
