namespace Rke.Wire;

/// <summary>What a request's header names: whom it is for, and under which coin.</summary>
/// <param name="Profile">The network's dialect.</param>
/// <param name="Network">Coin id; 6 is CloudCoin.</param>
/// <param name="RaidaId">0-24; 0 in a Signal.</param>
/// <param name="Coin">Not sent when the request is unencrypted.</param>
public readonly record struct RequestAddress(WireProfile Profile, ushort Network, byte RaidaId, CoinId Coin);
