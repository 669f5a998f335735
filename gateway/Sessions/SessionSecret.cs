using Google.Protobuf;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>
/// What of a session that arrived is kept apart until it is claimed: its key, and the parts' HS, because whoever has a
/// coin and an HS can ask a key server for the part.
/// <code>
/// HS of every part, in order (16 each) | key
/// </code>
/// </summary>
internal static class SessionSecret
{
    private const int HashLength = 16;

    /// <summary>To be cleared when done.</summary>
    public static byte[] Join(Session session, ReadOnlySpan<byte> key)
    {
        var start = session.Parts.Count * HashLength;
        var secret = GC.AllocateUninitializedArray<byte>(start + key.Length, pinned: true);
        for (var index = 0; index < session.Parts.Count; index++)
        {
            session.Parts[index].KeyIdHash.Span.CopyTo(secret.AsSpan(index * HashLength));
        }

        key.CopyTo(secret.AsSpan(start));
        return secret;
    }

    /// <summary>The session as everybody may see it.</summary>
    public static Session Strip(Session session)
    {
        var stripped = session.Clone();
        foreach (var part in stripped.Parts)
        {
            part.KeyIdHash = ByteString.Empty;
        }

        return stripped;
    }

    /// <summary>Puts together what a claim hands out.</summary>
    public static ClaimSessionResponse Reveal(Session session, ReadOnlySpan<byte> secret)
    {
        for (var index = 0; index < session.Parts.Count; index++)
        {
            session.Parts[index].KeyIdHash = ByteString.CopyFrom(secret.Slice(index * HashLength, HashLength));
        }

        var key = secret[(session.Parts.Count * HashLength)..];
        var used = session.Parts.Where(part => part.Used).SelectMany(part => part.KeyIdHash).ToArray();
        return new()
        {
            Session = session,
            Key = ByteString.CopyFrom(key),
            DerivedKey = UnsafeByteOperations.UnsafeWrap(SessionKey.Derive(key, used)),
        };
    }
}
