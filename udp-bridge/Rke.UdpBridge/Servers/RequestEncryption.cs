using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>The key and the nonce that encrypt a request and its response.</summary>
/// <param name="Coin">The coin that the frame names.</param>
/// <param name="Cipher">
/// Has the authenticity number of the coin for the server as its key. Keep it until the exchange is disposed.
/// </param>
/// <param name="Nonce">A nonce from an <see cref="INonceSource"/>. Never use a nonce twice with the same key.</param>
public readonly record struct RequestEncryption(CoinId Coin, CoinCipher Cipher, Nonce Nonce);
