using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Raida.Keys;

/// <summary>
/// One stored key part (docs/WIRE.md §9). A struct without references, in the memory of <see cref="PartStore"/>. Links
/// are the indexes of other parts.
/// </summary>
internal struct StoredPart
{
    /// <summary>The longest key part.</summary>
    public const int MaxLength = 40;

    private PartBytes _bytes;
    private int _length;

    /// <summary>The coin of the post.</summary>
    public CoinId Coin;

    /// <summary>HS.</summary>
    public KeyIdHash Hash;

    /// <summary>Zero if the client posted only the hash (raidax).</summary>
    public KeyId KeyId;

    /// <summary>The source address of the post.</summary>
    public UInt128 Sender;

    /// <summary>A timestamp of the server's clock.</summary>
    public long ExpiresAt;

    /// <summary>The part was read at least once (raidax keeps it).</summary>
    public bool WasRead;

    /// <summary>The part that was posted before this one. In an unused part, the next unused part.</summary>
    public int Older;

    /// <summary>The part that was posted after this one.</summary>
    public int Newer;

    /// <summary>The next older part with the same hash.</summary>
    public int OlderWithSameHash;

    /// <summary>The next newer part with the same hash.</summary>
    public int NewerWithSameHash;

    /// <summary>The key part.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => ((ReadOnlySpan<byte>)_bytes)[.._length];

    /// <summary>
    /// Writes a key part over the stored one. The end of a longer stored part stays (raidax, docs/WIRE.md §6).
    /// </summary>
    public void Write(ReadOnlySpan<byte> part)
    {
        part.CopyTo(_bytes);
        _length = Math.Max(_length, part.Length);
    }

    /// <summary>Zeroes the key part and all fields.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        this = default;
    }

    [InlineArray(MaxLength)]
    private struct PartBytes
    {
        private byte _first;
    }
}

/// <summary>
/// The memory of stored parts. It grows by blocks, and reuses the places of removed parts, so that a post usually
/// allocates nothing. The blocks are pinned, so that the garbage collector leaves no copy of the bytes behind, and contain
/// no references that it would have to follow.
/// </summary>
internal sealed class PartStore
{
    /// <summary>The index of no part.</summary>
    public const int None = -1;

    private const int PartsInBlock = 256;

    private readonly List<StoredPart[]> _blocks = [];
    private int _unused = None;

    /// <summary>How often a part was accessed. Tests limit the work of one request by it.</summary>
    public long Accesses { get; private set; }

    public ref StoredPart this[int index]
    {
        get
        {
            Accesses++;
            return ref _blocks[index / PartsInBlock][index % PartsInBlock];
        }
    }

    /// <summary>Takes an unused place. Its fields are zero.</summary>
    public int Take()
    {
        if (_unused == None)
        {
            AddBlock();
        }

        var index = _unused;
        ref var part = ref this[index];
        _unused = part.Older;
        part.Older = 0;
        return index;
    }

    /// <summary>Zeroes a part and makes its place free.</summary>
    public void Return(int index)
    {
        ref var part = ref this[index];
        part.Clear();
        part.Older = _unused;
        _unused = index;
    }

    private void AddBlock()
    {
        var first = _blocks.Count * PartsInBlock;
        _blocks.Add(GC.AllocateArray<StoredPart>(PartsInBlock, pinned: true));
        for (var index = first + PartsInBlock - 1; index >= first; index--)
        {
            this[index].Older = _unused;
            _unused = index;
        }
    }
}
