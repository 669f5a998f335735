namespace Rke.Wire;

/// <summary>
/// One key part hidden in 128 bytes of padding, to be left on a key server (docs/WIRE.md §5, §6).
/// <code>
/// rke, 146 bytes:     key id (16) | KS | KL | padding (128)
/// raidax, 167 bytes:  HS (16) | receiver address (16, zero) | DN SN (5, zero) | key space (128) | KS | KL
/// </code>
/// The key part stands at padding[KS .. KS+KL].
/// </summary>
public readonly ref struct PostKeyPayload : IPayload
{
    private const int RaidaxSpaceOffset = KeyIdHash.Length + 16 + 5;

    private PostKeyPayload(
        KeyId? keyId, KeyIdHash hash, byte keyStart, ReadOnlySpan<byte> keyPart, ReadOnlySpan<byte> padding)
    {
        KeyId = keyId;
        Hash = hash;
        KeyStart = keyStart;
        KeyPart = keyPart;
        Padding = padding;
    }

    /// <summary>Null where only its hash was on the wire (raidax).</summary>
    public KeyId? KeyId { get; }

    public KeyIdHash Hash { get; }

    /// <summary>KS: 0-127.</summary>
    public byte KeyStart { get; }

    /// <summary>4, 8, 16, 24, 32 or 40 bytes.</summary>
    public ReadOnlySpan<byte> KeyPart { get; }

    /// <summary>128 bytes; what they hold where the part goes does not matter when writing.</summary>
    public ReadOnlySpan<byte> Padding { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.PostKey;

    internal static int LengthIn(WireProfile profile) => profile == WireProfile.Rke ? 146 : 167;

    /// <summary>Makes a payload; KL is judged before KS, as the server does.</summary>
    public static bool TryCreate(
        WireProfile profile,
        KeyId keyId,
        int keyStart,
        ReadOnlySpan<byte> keyPart,
        ReadOnlySpan<byte> padding,
        out PostKeyPayload payload,
        out WireError error)
    {
        error = CheckPlace(profile, keyStart, keyPart.Length);
        if (error == WireError.None && padding.Length != ProfileRules.PaddingLength)
        {
            error = WireError.LengthWrong;
        }

        payload = error == WireError.None
            ? new(keyId, keyId.Hash(), (byte)keyStart, keyPart, padding)
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
        error = CheckPlace(profile, start, length);
        if (error != WireError.None)
        {
            return false;
        }

        if (profile == WireProfile.Rke)
        {
            var id = Rke.Wire.KeyId.Read(source);
            var padding = tail[2..];
            payload = new(id, id.Hash(), (byte)start, padding.Slice(start, length), padding);
        }
        else
        {
            var padding = source.Slice(RaidaxSpaceOffset, ProfileRules.PaddingLength);
            payload = new(null, KeyIdHash.Read(source), (byte)start, padding.Slice(start, length), padding);
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
            (KeyId ?? throw new InvalidOperationException("The rke profile posts under the key id itself, not its hash."))
                .CopyTo(destination);
            destination[16] = KeyStart;
            destination[17] = (byte)KeyPart.Length;
            WritePadding(destination[18..]);
        }
        else
        {
            Hash.CopyTo(destination);
            destination[KeyIdHash.Length..RaidaxSpaceOffset].Clear();
            WritePadding(destination[RaidaxSpaceOffset..]);
            destination[RaidaxSpaceOffset + ProfileRules.PaddingLength] = KeyStart;
            destination[RaidaxSpaceOffset + ProfileRules.PaddingLength + 1] = (byte)KeyPart.Length;
        }
    }

    private static WireError CheckPlace(WireProfile profile, int start, int length)
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
