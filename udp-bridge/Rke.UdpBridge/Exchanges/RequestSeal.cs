using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>What encrypts a request and its response.</summary>
/// <param name="Coin">The coin that the frame names.</param>
/// <param name="Cipher">
/// Keyed with the coin's authenticity number for the addressed server; it must live until the exchange is disposed.
/// </param>
/// <param name="Nonce">Never used before under this key: from an <see cref="INonceSource"/>.</param>
public readonly record struct RequestSeal(CoinId Coin, CoinCipher Cipher, Nonce Nonce);
