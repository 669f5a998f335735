using System.Buffers.Binary;
using System.Net;

namespace Rke.Wire;

/// <summary>
/// The payload of a successful Get Key response (docs/WIRE.md §5, §6).
/// <code>
/// rke:     key id (16) | DN | SN (4) | sender address (16) | KL | key part (KL)
///          37 bytes, without KL and part: "no key in the reply"
/// raidax:  DN | SN (4) | key part (the rest)
/// </code>
/// </summary>
public readonly ref struct GetKeyAnswer : IPayload
{
    private const int CoinLength = 5;
    private const int RkeFixedLength = Rke.Wire.KeyId.Length + CoinLength + WireAddress.Length;

    // Not an IPAddress: reading a frame allocates nothing.
    private readonly UInt128 _senderAddress;

    /// <summary>Makes an answer; <paramref name="keyId"/> and <paramref name="senderAddress"/> are not sent in raidax.</summary>
    public GetKeyAnswer(KeyId? keyId, CoinId sender, IPAddress? senderAddress, ReadOnlySpan<byte> keyPart)
    {
        KeyId = keyId;
        Sender = sender;
        _senderAddress = senderAddress is null ? 0 : WireAddress.ToRightAligned(senderAddress);
        KeyPart = keyPart;
    }

    private GetKeyAnswer(KeyId? keyId, CoinId sender, UInt128 senderAddress, ReadOnlySpan<byte> keyPart)
    {
        KeyId = keyId;
        Sender = sender;
        _senderAddress = senderAddress;
        KeyPart = keyPart;
    }

    /// <summary>Null where the server does not say (raidax).</summary>
    public KeyId? KeyId { get; }

    /// <summary>The coin under which the part was posted.</summary>
    public CoinId Sender { get; }

    /// <summary>Null where the server does not say (raidax, or an address of zeros).</summary>
    public IPAddress? SenderAddress => _senderAddress == 0 ? null : WireAddress.OfRightAligned(_senderAddress);

    /// <summary>4, 8, 16, 24, 32 or 40 bytes; empty when the reply carries no key.</summary>
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
