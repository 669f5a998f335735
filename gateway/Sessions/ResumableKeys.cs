using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.Options;
using Rke.Gateway.Sessions.Encryption;
using Rke.Lookup.Caching;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>
/// The keys of exchanges that can be resumed without new parts (docs/SESSIONS.md). A key is kept for the session lifetime, for one peer. With
/// a sealing key and Redis, all replicas share the encrypted keys. Otherwise, a key stays in the memory of this replica. A key can be lost
/// at any time: the peers then exchange new parts.
/// </summary>
internal sealed class ResumableKeys(
    InMemoryKeys memory, ISharedCache cache, SessionKeyEncryption encryption, IOptions<SessionsOptions> options)
{
    /// <summary>The maximum number of keys in the memory of a replica. The oldest key is removed first.</summary>
    public const int MaxInMemory = 10_000;

    private readonly Lock _gate = new();
    // In the order of the last addition. A key that has expired can still have a name here.
    private readonly LinkedList<string> _order = [];
    private readonly Dictionary<string, LinkedListNode<string>> _names = [];

    /// <summary>The name of the key that an initiator keeps: one for each caller and receiver.</summary>
    public static string NameOfOutgoing(string owner, string receiver) => $"resume-out:{owner}:{receiver}";

    /// <summary>The name of the key that a receiver keeps: one for each address and cacheable key id.</summary>
    public static string NameOfIncoming(IPAddress initiator, string cacheableId) => $"resume-in:{initiator}:{cacheableId}";

    /// <summary>Keeps a key, and replaces an earlier one with this name.</summary>
    /// <param name="name">The name of the key.</param>
    /// <param name="session">What a resumed session inherits.</param>
    /// <param name="key">The key. The caller clears it.</param>
    public async Task AddAsync(string name, Session session, ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        var packed = ResumableKey.Pack(session, key.Span);
        try
        {
            if (encryption.CanEncrypt && cache is not NoSharedCache)
            {
                await cache.PutAsync(name, encryption.Encrypt(name, packed), options.Value.Lifetime, cancellationToken);
                return;
            }

            lock (_gate)
            {
                Delete(name);
                memory.Add(name, packed, options.Value.Lifetime);
                _names[name] = _order.AddLast(name);
                if (_names.Count > MaxInMemory)
                {
                    Delete(_order.First!.Value);
                }
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(packed);
        }
    }

    /// <summary>Finds a key. The caller disposes it. Null if there is none.</summary>
    public async Task<ResumableKey?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (memory.Read(name) is { } found)
        {
            return ResumableKey.Unpack(found);
        }

        return encryption.CanEncrypt && await cache.FindAsync(name, cancellationToken) is { } stored
            && encryption.Decrypt(name, stored.Value.Span) is { } decrypted
            ? ResumableKey.Unpack(decrypted)
            : null;
    }

    /// <summary>Removes a key that the other peer does not have any more. A shared key expires.</summary>
    public void Remove(string name)
    {
        lock (_gate)
        {
            Delete(name);
        }
    }

    private void Delete(string name)
    {
        memory.Delete(name);
        if (_names.Remove(name, out var node))
        {
            _order.Remove(node);
        }
    }
}

/// <summary>A key that can be resumed, and what the resumed session inherits. Disposing it clears the key.</summary>
internal sealed class ResumableKey : IDisposable
{
    private readonly byte[] _packed;
    private readonly int _keyStart;

    private ResumableKey(byte[] packed, Session session, int keyStart) =>
        (_packed, Session, _keyStart) = (packed, session, keyStart);

    /// <summary>The networks of the parts, the sender and the peer of the first session.</summary>
    public Session Session { get; }

    public ReadOnlySpan<byte> Key => _packed.AsSpan(_keyStart);

    /// <summary>Packs length (2), session and key. The caller clears the result.</summary>
    public static byte[] Pack(Session session, ReadOnlySpan<byte> key)
    {
        var size = session.CalculateSize();
        var packed = GC.AllocateUninitializedArray<byte>(sizeof(ushort) + size + key.Length, pinned: true);
        BinaryPrimitives.WriteUInt16BigEndian(packed, (ushort)size);
        session.WriteTo(packed.AsSpan(sizeof(ushort), size));
        key.CopyTo(packed.AsSpan(sizeof(ushort) + size));
        return packed;
    }

    /// <param name="packed">From <see cref="Pack"/>. The result owns and clears it.</param>
    public static ResumableKey Unpack(byte[] packed)
    {
        var size = BinaryPrimitives.ReadUInt16BigEndian(packed);
        return new(packed, Session.Parser.ParseFrom(packed.AsSpan(sizeof(ushort), size)), sizeof(ushort) + size);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_packed);

    /// <inheritdoc/>
    public override string ToString() => "ResumableKey(redacted)";
}
