using System.Security.Cryptography;
using System.Text;
using Rke.UdpBridge;

namespace Rke.Gateway.Sessions.Sealing;

/// <summary>
/// Seals session keys at rest with AES-256-GCM; the session's id is authenticated with them, so that a sealed key
/// cannot be put in another session's place.
/// <code>
/// version (1: 1) | name of the sealing key (8) | nonce (12, random) | tag (16) | sealed key
/// </code>
/// </summary>
/// <param name="keys">The first one seals; all of them open. Without any nothing can be sealed.</param>
/// <param name="entropy">For nonces.</param>
internal sealed class SessionSeal(SealingKeyRing keys, IEntropySource entropy)
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int NonceStart = 1 + SealingKey.NameLength;
    private const int TagStart = NonceStart + NonceLength;
    private const int Overhead = TagStart + TagLength;

    public bool CanSeal => keys.First is not null;

    public byte[] Seal(string sessionId, ReadOnlySpan<byte> key)
    {
        var sealing = keys.First ?? throw new InvalidOperationException("There is no key to seal with.");
        var box = new byte[Overhead + key.Length];
        var nonce = box.AsSpan(NonceStart, NonceLength);
        var tag = box.AsSpan(TagStart, TagLength);
        box[0] = Version;
        sealing.Name.CopyTo(box.AsSpan(1));
        entropy.Fill(nonce);
        using var cipher = sealing.MakeCipher();
        cipher.Encrypt(nonce, key, box.AsSpan(Overhead), tag, Encoding.ASCII.GetBytes(sessionId));
        return box;
    }

    /// <summary>To be cleared when done; null when it is sealed under a key that is not here, or forged.</summary>
    public byte[]? Open(string sessionId, ReadOnlySpan<byte> box)
    {
        if (box.Length <= Overhead || box[0] != Version)
        {
            return null;
        }

        return keys.Find(box.Slice(1, SealingKey.NameLength)) is { } found ? Open(found, sessionId, box) : null;
    }

    private static byte[]? Open(SealingKey sealingKey, string sessionId, ReadOnlySpan<byte> box)
    {
        var key = GC.AllocateUninitializedArray<byte>(box.Length - Overhead, pinned: true);
        try
        {
            using var cipher = sealingKey.MakeCipher();
            cipher.Decrypt(
                box.Slice(NonceStart, NonceLength),
                box[Overhead..],
                box.Slice(TagStart, TagLength),
                key,
                Encoding.ASCII.GetBytes(sessionId));
            return key;
        }
        catch (Exception exception) when (exception is AuthenticationTagMismatchException or ObjectDisposedException)
        {
            // Forged, or the key's time ended just now.
            return null;
        }
    }
}
