using System.Buffers.Binary;

namespace Rke.Wire;

/// <summary>
/// The payload of a Post Key request: a key part inside 128 bytes of random padding (docs/WIRE.md §5 and §6).
/// <code>
/// rke, 146 bytes        raidax, 167 bytes
///  0  key id (16)         0  HS (16)
/// 16  KS                 16  receiver address (16) = 0
/// 17  KL                 32  DN of the sender
/// 18  padding (128)      33  SN (4) of the sender
///                        37  key space (128)
///                       165  KS
///                       166  KL
/// </code>
/// The key part is at padding[KS .. KS+KL]. In raidax the padding is called key space.
/// </summary>
public readonly ref struct PostKeyPayload : IPayload
{
    private const int RaidaxSenderOffset = KeyIdHash.Length + 16;
    private const int RaidaxSpaceOffset = RaidaxSenderOffset + 5;

    private PostKeyPayload(
        KeyId? keyId,
        KeyIdHash hash,
        CoinId sender,
        byte keyStart,
        ReadOnlySpan<byte> keyPart,
        ReadOnlySpan<byte> padding)
    {
        KeyId = keyId;
        Hash = hash;
        Sender = sender;
        KeyStart = keyStart;
        KeyPart = keyPart;
        Padding = padding;
    }

    /// <summary>Null after reading a raidax payload, which contains only HS.</summary>
    public KeyId? KeyId { get; }

    /// <summary>HS.</summary>
    public KeyIdHash Hash { get; }

    /// <summary>
    /// The coin that a raidax server returns to the receiver as the sender. In the rke profile, the payload does not
    /// contain it: the server takes it from the header.
    /// </summary>
    public CoinId Sender { get; }

    /// <summary>KS, 0-127.</summary>
    public byte KeyStart { get; }

    /// <summary>4, 8, 16, 24, 32 or 40 bytes (KL).</summary>
    public ReadOnlySpan<byte> KeyPart { get; }

    /// <summary>128 bytes. <see cref="Write"/> copies the key part over them.</summary>
    public ReadOnlySpan<byte> Padding { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.PostKey;

    internal static int LengthIn(WireProfile profile) => profile == WireProfile.Rke ? 146 : 167;

    /// <summary>Makes a payload. As in the server, the check of KL comes before the check of KS.</summary>
    public static bool TryCreate(
        WireProfile profile,
        KeyId keyId,
        CoinId sender,
        int keyStart,
        ReadOnlySpan<byte> keyPart,
        ReadOnlySpan<byte> padding,
        out PostKeyPayload payload,
        out WireError error)
    {
        error = CheckStartAndLength(profile, keyStart, keyPart.Length);
        if (error == WireError.None && padding.Length != ProfileRules.PaddingLength)
        {
            error = WireError.LengthWrong;
        }

        payload = error == WireError.None
            ? new(keyId, keyId.Hash(), sender, (byte)keyStart, keyPart, padding)
            : default;
        return error == WireError.None;
    }

    /// <summary>Reads a plain payload.</summary>
    public static bool TryRead(
        WireProfile profile, ReadOnlySpan<byte> source, out PostKeyPayload payload, out WireError error)
    {
        payload = default;
        if (source.Length != LengthIn(profile))
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        var tail = profile == WireProfile.Rke
            ? source[Rke.Wire.KeyId.Length..]
            : source[(RaidaxSpaceOffset + ProfileRules.PaddingLength)..];
        int start = tail[0];
        int length = tail[1];
        error = CheckStartAndLength(profile, start, length);
        if (error != WireError.None)
        {
            return false;
        }

        if (profile == WireProfile.Rke)
        {
            var id = Rke.Wire.KeyId.Read(source);
            var padding = tail[2..];
            payload = new(id, id.Hash(), default, (byte)start, padding.Slice(start, length), padding);
        }
        else
        {
            var padding = source.Slice(RaidaxSpaceOffset, ProfileRules.PaddingLength);
            var sender = new CoinId(
                (sbyte)source[RaidaxSenderOffset],
                BinaryPrimitives.ReadUInt32BigEndian(source[(RaidaxSenderOffset + 1)..]));
            payload = new(null, KeyIdHash.Read(source), sender, (byte)start, padding.Slice(start, length), padding);
        }

        return true;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => LengthIn(profile);

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        if (profile == WireProfile.Rke)
        {
            (KeyId ?? throw new InvalidOperationException("In the rke profile, the payload needs the key id."))
                .CopyTo(destination);
            destination[16] = KeyStart;
            destination[17] = (byte)KeyPart.Length;
            WritePadding(destination[18..]);
        }
        else
        {
            Hash.CopyTo(destination);
            destination[KeyIdHash.Length..RaidaxSenderOffset].Clear();
            destination[RaidaxSenderOffset] = (byte)Sender.Denomination;
            BinaryPrimitives.WriteUInt32BigEndian(destination[(RaidaxSenderOffset + 1)..], Sender.SerialNumber);
            WritePadding(destination[RaidaxSpaceOffset..]);
            destination[RaidaxSpaceOffset + ProfileRules.PaddingLength] = KeyStart;
            destination[RaidaxSpaceOffset + ProfileRules.PaddingLength + 1] = (byte)KeyPart.Length;
        }
    }

    private static WireError CheckStartAndLength(WireProfile profile, int start, int length)
    {
        if (!ProfileRules.IsKeyLength(length))
        {
            return WireError.KeyLengthInvalid;
        }

        return start < 0 || start + length > ProfileRules.KeyRoom(profile) ? WireError.KeyStartInvalid : WireError.None;
    }

    private void WritePadding(Span<byte> destination)
    {
        Padding.CopyTo(destination);
        KeyPart.CopyTo(destination[KeyStart..]);
    }
}
