using System.Buffers.Binary;
using System.Numerics;

namespace Rke.Wire;

/// <summary>
/// The payload of an Exchange Keys request: a cacheable key id, and the places of up to 16 key parts (docs/WIRE.md §10). It is never
/// encrypted.
/// <code>
///   0  CI (16); zeros = none
///  16  37 × slot (26); the first empty slot ends the list
/// 978  zeros (22)
/// </code>
/// </summary>
public readonly ref struct ExchangeKeysPayload : IPayload
{
    /// <summary>Length in bytes.</summary>
    public const int Length = CacheableKeyId.Length + (SlotCount * KeySlot.Length) + EndLength;

    /// <summary>Length of the request body in bytes.</summary>
    public const int BodyLength = Challenge.Length + Length + ProfileRules.TrailerLength;

    /// <summary>The maximum number of slots that are used.</summary>
    public const int MaxSlots = SignalPayload.MaxParts;

    private const int SlotCount = 37;
    private const int EndLength = 22;

    private ExchangeKeysPayload(CacheableKeyId cacheableId, ReadOnlySpan<KeySlot> slots)
    {
        CacheableId = cacheableId;
        Slots = slots;
    }

    /// <summary>CI. <see cref="CacheableKeyId.IsNone"/> if the request has none.</summary>
    public CacheableKeyId CacheableId { get; }

    /// <summary>The used slots, in the order of the key. Empty only if there is a CI.</summary>
    public ReadOnlySpan<KeySlot> Slots { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.ExchangeKeys;

    /// <summary>Makes a payload.</summary>
    /// <param name="cacheableId">CI.</param>
    /// <param name="slots">1-16, or 0-16 with a CI.</param>
    public static bool TryCreate(
        CacheableKeyId cacheableId, ReadOnlySpan<KeySlot> slots, out ExchangeKeysPayload payload, out WireError error)
    {
        error = IsCount(cacheableId, slots.Length) ? CheckSlots(slots) : WireError.PartCountInvalid;
        payload = error == WireError.None ? new(cacheableId, slots) : default;
        return error == WireError.None;
    }

    /// <summary>Reads a plain payload. Bytes after the first empty slot are ignored, except the zeros at the end.</summary>
    /// <param name="room">The buffer for up to 16 slots. The payload's slots are a slice of it.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, Span<KeySlot> room, out ExchangeKeysPayload payload, out WireError error)
    {
        payload = default;
        if (source.Length != Length)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        var cacheableId = CacheableKeyId.Read(source);
        var slots = source[CacheableKeyId.Length..^EndLength];
        var count = 0;
        while (count < SlotCount && !KeySlot.IsEmpty(slots[(count * KeySlot.Length)..]))
        {
            count++;
        }

        if (!IsCount(cacheableId, count))
        {
            error = WireError.PartCountInvalid;
            return false;
        }

        for (var index = 0; index < count; index++)
        {
            if (!KeySlot.TryRead(slots[(index * KeySlot.Length)..], out room[index], out error))
            {
                return false;
            }
        }

        if (source[^EndLength..].ContainsAnyExcept((byte)0))
        {
            error = WireError.ReservedNotZero;
            return false;
        }

        payload = new(cacheableId, room[..count]);
        error = WireError.None;
        return true;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => Length;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        destination[..Length].Clear();
        CacheableId.CopyTo(destination);
        for (var index = 0; index < Slots.Length; index++)
        {
            Slots[index].Write(destination[(CacheableKeyId.Length + (index * KeySlot.Length))..]);
        }
    }

    private static bool IsCount(CacheableKeyId cacheableId, int count) => count <= MaxSlots && (count > 0 || !cacheableId.IsNone);

    private static WireError CheckSlots(ReadOnlySpan<KeySlot> slots)
    {
        foreach (ref readonly var slot in slots)
        {
            if (slot.Network == 0 || slot.RaidaId > RaidaNetwork.MaxRaidaId)
            {
                return slot.Network == 0 ? WireError.PartCountInvalid : WireError.RaidaIdWrong;
            }
        }

        return WireError.None;
    }
}

/// <summary>CI: the id under which both peers keep the key of an exchange (docs/WIRE.md §10). It is not a secret.</summary>
public readonly record struct CacheableKeyId
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 16;

    private readonly UInt128 _bits;

    private CacheableKeyId(UInt128 bits) => _bits = bits;

    /// <summary>Whether the id is zero, which means that there is none.</summary>
    public bool IsNone => _bits == 0;

    /// <summary>Reads the first 16 bytes.</summary>
    public static CacheableKeyId Read(ReadOnlySpan<byte> source) => new(BinaryPrimitives.ReadUInt128BigEndian(source));

    /// <summary>Writes the 16 bytes.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _bits);

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => _bits.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>
/// The place of one key part in RAIDA coordinates: 26 bytes of an Exchange Keys (docs/WIRE.md §10).
/// <code>
///  0  CO (2): network; 0 = empty slot
///  2  SP = 0
///  3  DA: RAIDA id
///  4  SH = 0
///  5  DN
///  6  SN (4)
/// 10  key id (16)
/// </code>
/// </summary>
/// <param name="Network">CO, the coin id of the network. Not 0.</param>
/// <param name="RaidaId">DA, 0-24.</param>
/// <param name="Coin">The coin that the receiver uses there. Zeros = one of its own.</param>
/// <param name="KeyId">The key id of the part.</param>
public readonly record struct KeySlot(ushort Network, byte RaidaId, CoinId Coin, KeyId KeyId)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 26;

    internal static bool IsEmpty(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt16BigEndian(source) == 0;

    internal static bool TryRead(ReadOnlySpan<byte> source, out KeySlot slot, out WireError error)
    {
        error = source[2] != 0 ? WireError.SplitWrong
            : source[3] > RaidaNetwork.MaxRaidaId ? WireError.RaidaIdWrong
            : source[4] != 0 ? WireError.ShardWrong
            : WireError.None;
        slot = new(
            BinaryPrimitives.ReadUInt16BigEndian(source),
            source[3],
            new((sbyte)source[5], BinaryPrimitives.ReadUInt32BigEndian(source[6..])),
            KeyId.Read(source[10..]));
        return error == WireError.None;
    }

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, Network);
        destination[2] = 0;
        destination[3] = RaidaId;
        destination[4] = 0;
        destination[5] = (byte)Coin.Denomination;
        BinaryPrimitives.WriteUInt32BigEndian(destination[6..], Coin.SerialNumber);
        KeyId.CopyTo(destination[10..]);
    }
}

/// <summary>
/// The payload of an Exchange Keys response with status 2, a partial success (docs/WIRE.md §10). The other statuses have no payload.
/// <code>
/// 0  flags (5): the highest bit of byte 0 is slot 0; 1 = the part was collected
/// </code>
/// </summary>
/// <param name="Used">Bit n (from the lowest) is set if the part of slot n was collected.</param>
public readonly record struct ExchangeKeysAnswer(ushort Used) : IPayload
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 5;

    /// <summary>The status byte of a partial success.</summary>
    public const byte Status = 2;

    private const byte ResumedStatus = 3;
    private const int UsedLength = sizeof(ushort);

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.ExchangeKeys;

    /// <summary>The number of collected parts.</summary>
    public int Count => BitOperations.PopCount(Used);

    /// <summary>Whether the part of slot <paramref name="index"/> was collected.</summary>
    public bool IsUsed(int index) => (Used & (1 << index)) != 0;

    /// <summary>Whether both sides have a key after a response with this status. Only a signed response can have it.</summary>
    public static bool GivesKey(byte status) => status is 1 or Status or ResumedStatus;

    /// <summary>Reads a plain payload. The bits after the last slot must be 0.</summary>
    /// <param name="slots">The number of slots in the request.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, int slots, out ExchangeKeysAnswer answer, out WireError error)
    {
        answer = default;
        if (source.Length != Length)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        var used = Reverse(BinaryPrimitives.ReadUInt16BigEndian(source));
        if (used >> slots != 0 || source[UsedLength..].ContainsAnyExcept((byte)0))
        {
            error = WireError.FlagInvalid;
            return false;
        }

        answer = new(used);
        error = WireError.None;
        return true;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => Length;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, Reverse(Used));
        destination[UsedLength..Length].Clear();
    }

    private static ushort Reverse(ushort bits)
    {
        var reversed = 0;
        for (var index = 0; index < ExchangeKeysPayload.MaxSlots; index++)
        {
            reversed = (reversed << 1) | ((bits >> index) & 1);
        }

        return (ushort)reversed;
    }
}
