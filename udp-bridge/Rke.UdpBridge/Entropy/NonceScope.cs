using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>What a nonce must be unique under: the key that one coin shares with one server of one network.</summary>
public readonly record struct NonceScope(ushort Network, byte RaidaId, CoinId Coin);
