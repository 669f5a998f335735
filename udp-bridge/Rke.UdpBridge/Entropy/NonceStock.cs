using System.Buffers.Binary;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>The leased nonces for one key server.</summary>
internal sealed class NonceStock(INonceLeases leases, IEntropySource entropy, ushort network, byte raidaId)
{
    private const int EchoBits = 16;
    private const int Size = 1 << EchoBits;

    private readonly Lock _gate = new();
    private long _lease;
    private long _next;
    private long _last;
    private int _taken = Size;
    private ushort _firstEcho;
    private Task? _refilling;

    /// <summary>A nonce of the lease in hand; false when there is none left.</summary>
    public bool TryTake(out Nonce nonce)
    {
        lock (_gate)
        {
            if (_taken == Size && !TryTurn())
            {
                nonce = default;
                return false;
            }

            nonce = new(((ulong)_lease << EchoBits) | (ushort)(_firstEcho + _taken));
            _taken++;
            if (_taken > Size / 2 && _next == 0)
            {
                _refilling ??= FetchAsync();
            }

            return true;
        }
    }

    /// <summary>Fetches a lease unless there is one; callers at the same time wait for the same one.</summary>
    public Task RefillAsync()
    {
        lock (_gate)
        {
            return _next != 0 ? Task.CompletedTask : _refilling ??= FetchAsync();
        }
    }

    private bool TryTurn()
    {
        if (_next == 0)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        entropy.Fill(bytes);
        _firstEcho = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        (_lease, _next, _taken) = (_next, 0, 0);
        return true;
    }

    private async Task FetchAsync()
    {
        // Not under the lock that the caller holds.
        await Task.Yield();
        long? lease = null;
        try
        {
            lease = await leases.LeaseAsync(network, raidaId, Volatile.Read(ref _last));
        }
        finally
        {
            lock (_gate)
            {
                _refilling = null;
                if (lease is { } leased)
                {
                    (_next, _last) = (leased, leased);
                }
            }
        }
    }
}
