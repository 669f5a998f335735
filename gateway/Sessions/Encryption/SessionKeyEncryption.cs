using System.Security.Cryptography;
using System.Text;
using Rke.UdpBridge;

namespace Rke.Gateway.Sessions.Encryption;

/// <summary>
/// Encrypts session keys at rest with AES-256-GCM. The session id is the associated data, so an encrypted key cannot be moved
/// to another session.
/// <code>
/// version (1: 1) | name of the sealing key (8) | nonce (12, random) | tag (16) | encrypted key
/// </code>
/// </summary>
/// <param name="keys">The first key encrypts, and all keys decrypt.</param>
/// <param name="entropy">For nonces.</param>
internal sealed class SessionKeyEncryption(SealingKeyRing keys, IEntropySource entropy)
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int NonceStart = 1 + SealingKey.NameLength;
    private const int TagStart = NonceStart + NonceLength;
    private const int Overhead = TagStart + TagLength;

    public bool CanEncrypt => keys.Current is not null;

    public byte[] Encrypt(string sessionId, ReadOnlySpan<byte> key)
    {
        var sealing = keys.Current ?? throw new InvalidOperationException("There is no sealing key.");
        var encrypted = new byte[Overhead + key.Length];
        var nonce = encrypted.AsSpan(NonceStart, NonceLength);
        var tag = encrypted.AsSpan(TagStart, TagLength);
        encrypted[0] = Version;
        sealing.Name.CopyTo(encrypted.AsSpan(1));
        entropy.Fill(nonce);
        using var cipher = sealing.CreateCipher();
        cipher.Encrypt(nonce, key, encrypted.AsSpan(Overhead), tag, Encoding.ASCII.GetBytes(sessionId));
        return encrypted;
    }

    /// <summary>The key, which the caller clears. Null if the sealing key is unknown, or if the data was changed.</summary>
    public byte[]? Decrypt(string sessionId, ReadOnlySpan<byte> encrypted)
    {
        if (encrypted.Length <= Overhead || encrypted[0] != Version)
        {
            return null;
        }

        return keys.Find(encrypted.Slice(1, SealingKey.NameLength)) is { } found ? Decrypt(found, sessionId, encrypted) : null;
    }

    private static byte[]? Decrypt(SealingKey sealingKey, string sessionId, ReadOnlySpan<byte> encrypted)
    {
        var key = GC.AllocateUninitializedArray<byte>(encrypted.Length - Overhead, pinned: true);
        try
        {
            using var cipher = sealingKey.CreateCipher();
            cipher.Decrypt(
                encrypted.Slice(NonceStart, NonceLength),
                encrypted[Overhead..],
                encrypted.Slice(TagStart, TagLength),
                key,
                Encoding.ASCII.GetBytes(sessionId));
            return key;
        }
        catch (Exception exception) when (exception is AuthenticationTagMismatchException or ObjectDisposedException)
        {
            // The data was changed, or the sealing key was cleared at this moment.
            return null;
        }
    }
}
