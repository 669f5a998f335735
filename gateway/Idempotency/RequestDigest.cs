using System.Security.Cryptography;
using System.Text;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Idempotency;

/// <summary>
/// What an idempotency store contains of a request: a hash of the scope and the idempotency key, and a digest of the whole
/// request. The digest is keyed with the idempotency key, which the store does not have. From an unkeyed hash, an attacker
/// could guess a key part of four bytes.
/// </summary>
/// <param name="Name">SHA-256 of the scope and the idempotency key, 64 hexadecimal digits.</param>
/// <param name="Digest">HMAC-SHA-256 of the request under the scope and the idempotency key, 64 hexadecimal digits.</param>
internal sealed record RequestDigest(string Name, string Digest)
{
    private const int EncryptionKeyLength = 32;

    private readonly byte[] _encryptionKey = [];

    private RequestDigest(string name, string digest, byte[] encryptionKey)
        : this(name, digest) => _encryptionKey = encryptionKey;

    /// <summary>
    /// The key that encrypts the stored response. It is derived from the whole request, so the store cannot derive it.
    /// </summary>
    public ReadOnlySpan<byte> EncryptionKey => _encryptionKey;

    public static RequestDigest Of(in IdempotencyScope scope, string idempotencyKey, ReadOnlySpan<byte> request)
    {
        var key = scope.Qualify(idempotencyKey);
        var encryptionKey = new byte[EncryptionKeyLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, request, encryptionKey, key, "rke idempotency seal v1"u8);
        return new(
            Convert.ToHexStringLower(SHA256.HashData(key)),
            Convert.ToHexStringLower(HMACSHA256.HashData(key, request)),
            encryptionKey);
    }

    public bool Equals(RequestDigest? other) => other is not null && other.Name == Name && other.Digest == Digest;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>
/// The namespace of an idempotency key. Equal keys of two scopes are different keys, so a caller cannot use, guess or block
/// the key of another caller.
/// </summary>
/// <param name="Purpose">What the key is for, such as the full name of a method.</param>
/// <param name="Caller">The name of the authenticated caller. Empty for all anonymous callers, and if there is no caller.</param>
internal readonly record struct IdempotencyScope(string Purpose, string Caller = "")
{
    // No authenticated caller has an empty name.
    public static IdempotencyScope Of(string purpose, CallerIdentity caller) => new(purpose, caller.IsKnown ? caller.Name : "");

    /// <summary>The scope and the key as bytes. The lengths make this unique.</summary>
    public byte[] Qualify(string key) =>
        Encoding.UTF8.GetBytes($"{Purpose.Length}:{Purpose}{Caller.Length}:{Caller}{key}");
}
