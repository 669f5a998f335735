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
internal readonly record struct RequestDigest(string Name, string Digest)
{
    public static RequestDigest Of(string idempotencyKey, ReadOnlySpan<byte> request)
    {
        var key = Encoding.UTF8.GetBytes(idempotencyKey);
        return new(Convert.ToHexStringLower(SHA256.HashData(key)), Convert.ToHexStringLower(HMACSHA256.HashData(key, request)));
    }
}
