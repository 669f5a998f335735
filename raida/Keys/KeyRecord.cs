using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Raida.Keys;

/// <summary>
/// One waiting key part (docs/WIRE.md §9): coin, HS, key id, KL, part, sender, time. It stands in the table itself,
/// so that its bytes exist once and can be zeroed.
/// </summary>
internal struct KeyRecord
{
    /// <summary>Neighbours in the order of posting.</summary>
    public int Older;
    public int Newer;

    public CoinId Coin;
    public KeyIdHash Hash;

    /// <summary>Zero where only its hash was posted (raidax).</summary>
    public KeyId KeyId;

    /// <summary>The address that posted.</summary>
    public UInt128 Sender;

    /// <summary>A timestamp of the server's clock.</summary>
    public long ExpiresAt;

    public byte PartLength;

    /// <summary>Read at least once (raidax keeps it).</summary>
    public bool WasRead;

    private KeyPartBytes _bytes;

    /// <summary>The key part.</summary>
    [UnscopedRef]
    public Span<byte> Part => Room[..PartLength];

    [UnscopedRef]
    private Span<byte> Room => _bytes;

    public void Clear() => CryptographicOperations.ZeroMemory(Room);
}
