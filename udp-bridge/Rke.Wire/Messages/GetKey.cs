using System.Buffers.Binary;
using System.Net;

namespace Rke.Wire;

/// <summary>
/// The payload of a Get Key request (docs/WIRE.md §5 and §6).
/// <code>
/// rke, 16 bytes    raidax, 37 bytes
///  0  HS (16)       0  HS (16)
///                  16  DN = 0
///                  17  SN (4) = 0
///                  21  sender address (16) = 0
/// </code>
/// </summary>
/// <param name="Hash">HS.</param>
public readonly record struct GetKeyPayload(KeyIdHash Hash) : IPayload
{
    /// <inheritdoc/>
    public WireCommand Command => WireCommand.GetKey;

    internal static int LengthIn(WireProfile profile) => profile == WireProfile.Rke ? 16 : 37;

    /// <summary>Reads a plain payload.</summary>
    public static bool TryRead(
        WireProfile profile, ReadOnlySpan<byte> source, out GetKeyPayload payload, out WireError error)
    {
        var right = source.Length == LengthIn(profile);
        payload = right ? new(KeyIdHash.Read(source)) : default;
        error = right ? WireError.None : WireError.BodyLengthWrong;
        return right;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => LengthIn(profile);

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        Hash.CopyTo(destination);
        destination[KeyIdHash.Length..LengthIn(profile)].Clear();
    }
}

/// <summary>
/// The payload of a successful Get Key response (docs/WIRE.md §5 and §6).
/// <code>
/// rke, 38 + KL bytes         raidax, 5 bytes + key part
///  0  key id (16)             0  DN
/// 16  DN                      1  SN (4)
/// 17  SN (4)                  5  key part (the rest)
/// 21  sender address (16)
/// 37  KL
/// 38  key part (KL)
/// </code>
/// In the rke profile, 37 bytes mean "no key in the response".
/// </summary>
public readonly ref struct GetKeyAnswer : IPayload
{
    private const int CoinLength = 5;
    private const int RkeFixedLength = Rke.Wire.KeyId.Length + CoinLength + WireAddress.Length;

    // Not an IPAddress, so that reading a frame does not allocate.
    private readonly UInt128 _senderAddress;

    /// <summary>
    /// Makes a payload. In raidax, <paramref name="keyId"/> and <paramref name="senderAddress"/> are not sent.
    /// </summary>
    public GetKeyAnswer(KeyId? keyId, CoinId sender, IPAddress? senderAddress, ReadOnlySpan<byte> keyPart)
    {
        KeyId = keyId;
        Sender = sender;
        _senderAddress = senderAddress is null ? 0 : WireAddress.ToRightAligned(senderAddress);
        KeyPart = keyPart;
    }

    /// <summary>Makes a payload without allocating memory.</summary>
    /// <param name="senderAddress">As on the wire: an IPv4 address in the last four bytes, or an IPv6 address.</param>
    public GetKeyAnswer(KeyId? keyId, CoinId sender, UInt128 senderAddress, ReadOnlySpan<byte> keyPart)
    {
        KeyId = keyId;
        Sender = sender;
        _senderAddress = senderAddress;
        KeyPart = keyPart;
    }

    /// <summary>Null in raidax.</summary>
    public KeyId? KeyId { get; }

    /// <summary>The coin under which the part was posted.</summary>
    public CoinId Sender { get; }

    /// <summary>Null in raidax, or if the address is zero.</summary>
    public IPAddress? SenderAddress => _senderAddress == 0 ? null : WireAddress.OfRightAligned(_senderAddress);

    /// <summary>4, 8, 16, 24, 32 or 40 bytes. Empty if the response contains no key.</summary>
    public ReadOnlySpan<byte> KeyPart { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.GetKey;

    /// <summary>Reads a plain payload.</summary>
    public static bool TryRead(
        WireProfile profile, ReadOnlySpan<byte> source, out GetKeyAnswer answer, out WireError error) =>
        profile == WireProfile.Rke
            ? TryReadRke(source, out answer, out error)
            : TryReadRaidax(source, out answer, out error);

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => profile == WireProfile.Raidax
        ? CoinLength + KeyPart.Length
        : RkeFixedLength + (KeyPart.IsEmpty ? 0 : 1 + KeyPart.Length);

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        if (profile == WireProfile.Raidax)
        {
            WriteCoin(destination);
            KeyPart.CopyTo(destination[CoinLength..]);
            return;
        }

        (KeyId ?? default).CopyTo(destination);
        WriteCoin(destination[Rke.Wire.KeyId.Length..]);
        BinaryPrimitives.WriteUInt128BigEndian(destination[(Rke.Wire.KeyId.Length + CoinLength)..], _senderAddress);
        if (!KeyPart.IsEmpty)
        {
            destination[RkeFixedLength] = (byte)KeyPart.Length;
            KeyPart.CopyTo(destination[(RkeFixedLength + 1)..]);
        }
    }

    internal static bool IsLength(WireProfile profile, int length) => profile == WireProfile.Rke
        ? length == RkeFixedLength || ProfileRules.IsKeyLength(length - RkeFixedLength - 1)
        : ProfileRules.IsKeyLength(length - CoinLength);

    private static bool TryReadRke(ReadOnlySpan<byte> source, out GetKeyAnswer answer, out WireError error)
    {
        answer = default;
        if (source.Length < RkeFixedLength || source.Length == RkeFixedLength + 1)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        ReadOnlySpan<byte> part = default;
        if (source.Length > RkeFixedLength)
        {
            part = source[(RkeFixedLength + 1)..];
            if (!ProfileRules.IsKeyLength(source[RkeFixedLength]))
            {
                error = WireError.KeyLengthInvalid;
                return false;
            }

            if (source[RkeFixedLength] != part.Length)
            {
                error = WireError.BodyLengthWrong;
                return false;
            }
        }

        answer = new(
            Rke.Wire.KeyId.Read(source),
            ReadCoin(source[Rke.Wire.KeyId.Length..]),
            BinaryPrimitives.ReadUInt128BigEndian(source[(Rke.Wire.KeyId.Length + CoinLength)..]),
            part);
        error = WireError.None;
        return true;
    }

    private static bool TryReadRaidax(ReadOnlySpan<byte> source, out GetKeyAnswer answer, out WireError error)
    {
        answer = default;
        if (source.Length < CoinLength)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        if (!ProfileRules.IsKeyLength(source.Length - CoinLength))
        {
            error = WireError.KeyLengthInvalid;
            return false;
        }

        answer = new(null, ReadCoin(source), 0, source[CoinLength..]);
        error = WireError.None;
        return true;
    }

    private static CoinId ReadCoin(ReadOnlySpan<byte> source) =>
        new((sbyte)source[0], BinaryPrimitives.ReadUInt32BigEndian(source[1..]));

    private void WriteCoin(Span<byte> destination)
    {
        destination[0] = (byte)Sender.Denomination;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], Sender.SerialNumber);
    }
}
