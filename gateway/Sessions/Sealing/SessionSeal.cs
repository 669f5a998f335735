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
/// <param name="keys">The first one seals; all of them open. Empty = nothing can be sealed.</param>
internal sealed class SessionSeal(IReadOnlyList<SealingKey> keys, IEntropySource entropy)
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int NonceStart = 1 + SealingKey.NameLength;
    private const int TagStart = NonceStart + NonceLength;
    private const int Overhead = TagStart + TagLength;

    public bool CanSeal => keys.Count > 0;

    public int Keys => keys.Count;

    public byte[] Seal(string sessionId, ReadOnlySpan<byte> key)
    {
        var box = new byte[Overhead + key.Length];
        var nonce = box.AsSpan(NonceStart, NonceLength);
        var tag = box.AsSpan(TagStart, TagLength);
        box[0] = Version;
        keys[0].Name.CopyTo(box.AsSpan(1));
        entropy.Fill(nonce);
        using var cipher = keys[0].MakeCipher();
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

        foreach (var candidate in keys)
        {
            if (candidate.Name.SequenceEqual(box.Slice(1, SealingKey.NameLength)))
            {
                return Open(candidate, sessionId, box);
            }
        }

        return null;
    }

    private static byte[]? Open(SealingKey sealingKey, string sessionId, ReadOnlySpan<byte> box)
    {
        var key = GC.AllocateUninitializedArray<byte>(box.Length - Overhead, pinned: true);
        using var cipher = sealingKey.MakeCipher();
        try
        {
            cipher.Decrypt(
                box.Slice(NonceStart, NonceLength),
                box[Overhead..],
                box.Slice(TagStart, TagLength),
                key,
                Encoding.ASCII.GetBytes(sessionId));
            return key;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
