using System.Security.Cryptography;
using System.Text;

namespace Rke.Gateway.State;

/// <summary>
/// What an idempotency store knows of a request: a name for the caller's key and a digest of everything it asked for.
/// The digest is keyed with the caller's key itself, which the store never sees, because a key part of four bytes
/// could be guessed from a plain hash.
/// </summary>
/// <param name="Name">SHA-256 of the idempotency key, 64 hexadecimal digits.</param>
/// <param name="Digest">HMAC-SHA-256 of the request under the idempotency key, 64 hexadecimal digits.</param>
internal sealed record RequestDigest(string Name, string Digest)
{
    private const int SealLength = 32;

    private readonly byte[] _seal = [];

    private RequestDigest(string name, string digest, byte[] seal)
        : this(name, digest) => _seal = seal;

    /// <summary>
    /// A key that only whoever makes the same request can make: what is sealed with it another store may keep.
    /// </summary>
    public ReadOnlySpan<byte> Seal => _seal;

    public static RequestDigest Of(string idempotencyKey, ReadOnlySpan<byte> request)
    {
        var key = Encoding.UTF8.GetBytes(idempotencyKey);
        var seal = new byte[SealLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, request, seal, key, "rke idempotency seal v1"u8);
        return new(
            Convert.ToHexStringLower(SHA256.HashData(key)), Convert.ToHexStringLower(HMACSHA256.HashData(key, request)), seal);
    }

    public bool Equals(RequestDigest? other) => other is not null && other.Name == Name && other.Digest == Digest;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
