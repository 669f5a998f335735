using System.Buffers.Binary;
using System.Collections.Concurrent;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// Nonces for several processes that use the same keys. A nonce has this layout:
/// <code>
/// bit  63      62 … 16        15 … 0
///      0       lease          echo       a lease belongs to one process and one key server, for all coins
///      1       counter, from a random start of the process       while there is no lease
/// </code>
/// The source uses each echo of a lease once, counting up from a random one. It fetches the next lease when half of the
/// echoes are used. An echo therefore repeats only after 65,536 requests to the server, and requests do not wait.
/// </summary>
/// <remarks>
/// Nonces of leases never repeat. The other nonces of two processes can collide as for <see cref="ProcessNonceSource"/>,
/// within half of the numbers. The first bit separates the two kinds.
/// </remarks>
public sealed class LeasedNonceSource(INonceLeases leases, IEntropySource entropy) : INonceSource
{
    private const ulong Unleased = 1UL << 63;

    private readonly ConcurrentDictionary<(ushort Network, byte RaidaId), ServerNonces> _servers = new();
    private readonly ProcessNonceSource _own = new();

    /// <inheritdoc/>
    public ValueTask<Nonce> NextAsync(NonceScope scope, CancellationToken cancellationToken)
    {
        var server = _servers.GetOrAdd(
            (scope.Network, scope.RaidaId),
            static (server, source) => new(source.leases, source.entropy, server.Network, server.RaidaId),
            (leases, entropy));
        return server.TryTake(out var nonce) ? new(nonce) : NextAsync(server);
    }

    private async ValueTask<Nonce> NextAsync(ServerNonces server)
    {
        await server.FetchAsync();
        return server.TryTake(out var nonce) ? nonce : new(_own.Next().Value | Unleased);
    }
}

/// <summary>Gives leases of nonces to the processes that use the same keys.</summary>
public interface INonceLeases
{
    /// <summary>
    /// Leases 65,536 nonces for requests to one key server. No other caller gets the same lease. Returns the first 48 bits
    /// of the nonces, below 2^47. Null if no lease is available now.
    /// </summary>
    /// <param name="last">The highest lease of the caller for the server, or 0. The result is higher.</param>
    ValueTask<long?> LeaseAsync(ushort network, byte raidaId, long last);
}

/// <summary>The leased nonces for one key server: the current lease and the next one.</summary>
internal sealed class ServerNonces(INonceLeases leases, IEntropySource entropy, ushort network, byte raidaId)
{
    private const int EchoBits = 16;
    private const int LeaseSize = 1 << EchoBits;

    private readonly Lock _gate = new();
    private long _lease;
    private long _nextLease;
    private long _highestLease;
    private int _taken = LeaseSize;
    private ushort _firstEcho;
    private Task? _fetching;

    /// <summary>Takes a nonce. Returns false if there is no lease.</summary>
    public bool TryTake(out Nonce nonce)
    {
        lock (_gate)
        {
            if (_taken == LeaseSize && !TryStartNextLease())
            {
                nonce = default;
                return false;
            }

            nonce = new(((ulong)_lease << EchoBits) | (ushort)(_firstEcho + _taken));
            _taken++;
            if (_taken > LeaseSize / 2 && _nextLease == 0)
            {
                _fetching ??= FetchLeaseAsync();
            }

            return true;
        }
    }

    /// <summary>Fetches the next lease unless it is there. Concurrent callers wait for the same lease.</summary>
    public Task FetchAsync()
    {
        lock (_gate)
        {
            return _nextLease != 0 ? Task.CompletedTask : _fetching ??= FetchLeaseAsync();
        }
    }

    private bool TryStartNextLease()
    {
        if (_nextLease == 0)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        entropy.Fill(bytes);
        _firstEcho = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        (_lease, _nextLease, _taken) = (_nextLease, 0, 0);
        return true;
    }

    private async Task FetchLeaseAsync()
    {
        // Continues without the lock of the caller.
        await Task.Yield();
        long? lease = null;
        try
        {
            lease = await leases.LeaseAsync(network, raidaId, Volatile.Read(ref _highestLease));
        }
        finally
        {
            lock (_gate)
            {
                _fetching = null;
                if (lease is { } leased)
                {
                    (_nextLease, _highestLease) = (leased, leased);
                }
            }
        }
    }
}
