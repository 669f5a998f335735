using Google.Protobuf;
using Google.Protobuf.Collections;
using Rke.Gateway.Calls;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>
/// The secret fields of a session: its key, and the key id hashes (HS) of its parts. With a hash and any coin, an attacker
/// can fetch a part from a key server. The stores keep them encrypted and apart from the other fields.
/// <code>
/// HS of every part, in order (16 each) | key
/// </code>
/// </summary>
internal static class SessionSecret
{
    private const int HashLength = 16;

    /// <summary>The secret as bytes. The caller clears them.</summary>
    public static byte[] Pack(RepeatedField<SessionPart> parts, ReadOnlySpan<byte> key)
    {
        var start = parts.Count * HashLength;
        var secret = GC.AllocateUninitializedArray<byte>(start + key.Length, pinned: true);
        for (var index = 0; index < parts.Count; index++)
        {
            parts[index].KeyIdHash.Span.CopyTo(secret.AsSpan(index * HashLength));
        }

        key.CopyTo(secret.AsSpan(start));
        return secret;
    }

    /// <summary>The session without its secret fields. Each watcher may see it.</summary>
    public static Session WithoutHashes(Session session)
    {
        var stripped = session.Clone();
        RemoveHashes(stripped.Parts);
        return stripped;
    }

    /// <summary>The response without its secret fields. The lease of its key can end before that of its idempotency key.</summary>
    public static InitiateSessionResponse WithoutSecrets(InitiateSessionResponse response)
    {
        var stripped = new InitiateSessionResponse
        {
            SessionId = response.SessionId,
            Parts = { response.Parts.Select(part => part.Clone()) },
            Endpoint = response.Endpoint,
            Duration = response.Duration,
            LeaseExpireTime = response.LeaseExpireTime,
            Resumed = response.Resumed,
        };
        RemoveHashes(stripped.Parts);
        return stripped;
    }

    /// <summary>The response to the claim of a session.</summary>
    public static ClaimSessionResponse ToClaimResponse(
        Session session, ReadOnlySpan<byte> secret, IReadOnlyList<string> labels)
    {
        var key = Unpack(session.Parts, secret, out var hashes);
        return new()
        {
            Session = session,
            Key = MessageSecrets.Copy(key),
            DerivedKey = UnsafeByteOperations.UnsafeWrap(SessionKey.Derive(key, hashes)),
            LabelKeys = { SessionKey.Derive(key, hashes, labels) },
        };
    }

    /// <summary>Adds the secret fields to a response.</summary>
    public static void Restore(InitiateSessionResponse response, ReadOnlySpan<byte> secret, IReadOnlyList<string> labels)
    {
        var key = Unpack(response.Parts, secret, out var hashes);
        response.Key = MessageSecrets.Copy(key);
        response.DerivedKey = UnsafeByteOperations.UnsafeWrap(SessionKey.Derive(key, hashes));
        response.LabelKeys.AddRange(SessionKey.Derive(key, hashes, labels));
    }

    private static ReadOnlySpan<byte> Unpack(RepeatedField<SessionPart> parts, ReadOnlySpan<byte> secret, out byte[] usedHashes)
    {
        for (var index = 0; index < parts.Count; index++)
        {
            parts[index].KeyIdHash = ByteString.CopyFrom(secret.Slice(index * HashLength, HashLength));
        }

        usedHashes = [.. parts.Where(part => part.Used).SelectMany(part => part.KeyIdHash)];
        return secret[(parts.Count * HashLength)..];
    }

    private static void RemoveHashes(RepeatedField<SessionPart> parts)
    {
        foreach (var part in parts)
        {
            part.KeyIdHash = ByteString.Empty;
        }
    }
}
