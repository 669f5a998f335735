using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// A coin with its authenticity numbers, and one cipher for each key server, created on first use. It counts its
/// references: the last <see cref="Release"/> zeroes the numbers.
/// </summary>
internal sealed class LoadedCoin
{
    private readonly CoinKeys _keys;
    private readonly CoinCipher?[] _ciphers = new CoinCipher?[RaidaNetwork.ServerCount];
    private readonly Lock _gate = new();
    private int _references = 1;

    public LoadedCoin(ushort network, CoinKeys keys)
    {
        Network = network;
        _keys = keys;
    }

    public CoinId Id => _keys.Id;

    public ushort Network { get; }

    /// <summary>
    /// Adds a reference; false if the coin is already zeroed. After true, call <see cref="Release"/>.
    /// </summary>
    public bool TryAcquire()
    {
        var references = Volatile.Read(ref _references);
        while (references > 0)
        {
            var found = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (found == references)
            {
                return true;
            }

            references = found;
        }

        return false;
    }

    /// <summary>Removes a reference. The first reference belongs to <see cref="CoinStore"/>.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0)
        {
            return;
        }

        lock (_gate)
        {
            foreach (var cipher in _ciphers)
            {
                cipher?.Dispose();
            }

            Array.Clear(_ciphers);
            _keys.Dispose();
        }
    }

    /// <summary>The cipher for a server. The caller must hold a reference.</summary>
    public CoinCipher CipherFor(byte raidaId)
    {
        if (Volatile.Read(ref _ciphers[raidaId]) is { } cipher)
        {
            return cipher;
        }

        lock (_gate)
        {
            return _ciphers[raidaId] ??= new CoinCipher(_keys[raidaId]);
        }
    }

    /// <summary>Whether id and numbers are equal, so that a reload can keep this object.</summary>
    public bool IsSameAs(LoadedCoin other)
    {
        if (Network != other.Network || Id != other.Id)
        {
            return false;
        }

        var isSame = true;
        for (var raidaId = 0; raidaId < RaidaNetwork.ServerCount; raidaId++)
        {
            isSame &= _keys[raidaId] == other._keys[raidaId];
        }

        return isSame;
    }

    /// <inheritdoc/>
    public override string ToString() => $"LoadedCoin({Network}, {Id}, redacted)";
}
