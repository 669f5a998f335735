using Rke.Wire;

namespace Rke.Gateway.Translation.Keys;

/// <summary>
/// A coin that the gateway has the keys of, with a cipher a key server, made when first needed. It is counted who uses
/// it: when the last one is done after it was dropped, its numbers are zeroed.
/// </summary>
internal sealed class KeyedCoin
{
    private readonly CoinKeys _keys;
    private readonly CoinCipher?[] _ciphers = new CoinCipher?[CoinKeys.ServerCount];
    private readonly Lock _gate = new();
    private int _users = 1;

    public KeyedCoin(ushort network, CoinKeys keys)
    {
        Network = network;
        _keys = keys;
    }

    public CoinId Id => _keys.Id;

    public ushort Network { get; }

    /// <summary>Takes part in using it; false when it is gone. Whoever gets true calls <see cref="Release"/>.</summary>
    public bool TryUse()
    {
        lock (_gate)
        {
            if (_users == 0)
            {
                return false;
            }

            _users++;
            return true;
        }
    }

    /// <summary>Ends one use. The first use is the ring's own: releasing that drops the coin.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (--_users > 0)
            {
                return;
            }

            foreach (var cipher in _ciphers)
            {
                cipher?.Dispose();
            }

            Array.Clear(_ciphers);
            _keys.Dispose();
        }
    }

    /// <summary>The cipher under this coin's number for a server. Only for users of the coin.</summary>
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

    /// <summary>Whether it is the same key, so that a reload need not replace it.</summary>
    public bool IsSameAs(KeyedCoin other)
    {
        if (Network != other.Network || Id != other.Id)
        {
            return false;
        }

        var isSame = true;
        for (var raidaId = 0; raidaId < CoinKeys.ServerCount; raidaId++)
        {
            isSame &= _keys[raidaId] == other._keys[raidaId];
        }

        return isSame;
    }

    /// <inheritdoc/>
    public override string ToString() => $"KeyedCoin({Network}, {Id}, redacted)";
}
