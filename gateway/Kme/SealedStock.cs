using System.Security.Cryptography;
using Google.Protobuf;
using Rke.Gateway.Sessions.Encryption;
using Rke.V1;

namespace Rke.Gateway.Kme;

/// <summary>Encrypts the keys of a session, and adds them to a stock. Decrypts the keys that were taken.</summary>
internal sealed class SealedStock(IKeyStock stock, SessionKeyEncryption encryption)
{
    /// <summary>Adds the keys of a session. Returns false if the stock is full.</summary>
    /// <param name="seeds">The keys of <see cref="KmeKeys.Labels"/>, in order. The caller clears them.</param>
    public ValueTask<bool> AddAsync(
        StockName name,
        KmePair pair,
        ByteString sessionId,
        IReadOnlyList<SessionLabelKey> seeds,
        TimeSpan lifetime,
        int capacity,
        CancellationToken cancellationToken) => stock.AddAsync(
        name,
        [
            .. seeds.Index().Select(seed =>
            {
                var bytes = seed.Item.Key.Span;
                var key = KmeKeys.NameOf(bytes, sessionId, seed.Index, pair);
                return new StockedKey(key, encryption.Encrypt(PurposeOf(name, key), bytes));
            }),
        ],
        lifetime,
        capacity,
        cancellationToken);

    /// <summary>
    /// A key of a size. The caller clears it. Null if it is encrypted under a sealing key that this replica does not have.
    /// </summary>
    public byte[]? Open(StockName name, StockedKey key, int size)
    {
        if (encryption.Decrypt(PurposeOf(name, key.Name), key.Sealed) is not { } seed)
        {
            return null;
        }

        try
        {
            return KmeKeys.Derive(seed, size);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    // The encryption binds a key to its stock and its name.
    private static string PurposeOf(StockName stock, string key) => $"kme:{stock}:{key}";
}
