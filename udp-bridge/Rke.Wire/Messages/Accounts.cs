using System.Buffers.Binary;
using System.IO.Hashing;

namespace Rke.Wire;

/// <summary>
/// The payload of a Free Account request (docs/WIRE.md §10). It is never encrypted.
/// <code>
/// 0  DN
/// 1  SN (4)
/// 5  CC (4): CRC-32 of the five bytes before it
/// </code>
/// </summary>
/// <param name="Proposed">The id of the new account.</param>
public readonly record struct FreeAccountPayload(CoinId Proposed) : IPayload
{
    internal const int Length = AccountFields.CoinLength + AccountFields.ChecksumLength;

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.FreeAccount;

    /// <summary>Reads a plain payload.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out FreeAccountPayload payload, out WireError error)
    {
        error = source.Length != Length ? WireError.BodyLengthWrong
            : !AccountFields.HasChecksum(source) ? WireError.ChecksumWrong
            : WireError.None;
        payload = error == WireError.None ? new(AccountFields.ReadCoin(source)) : default;
        return error == WireError.None;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => Length;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        AccountFields.WriteCoin(Proposed, destination);
        AccountFields.WriteChecksum(destination[..Length]);
    }
}

/// <summary>
/// The payload of a Paid Account request (docs/WIRE.md §10). TLS encrypts it.
/// <code>
///   0  DN of the coin that pays
///   1  SN (4) of the coin that pays
///   5  zeros (6)
///  11  DN of the new account
///  12  SN (4) of the new account
///  16  25 × AN (16) of the coin that pays
/// 416  CC (4): CRC-32 of the bytes before it
/// </code>
/// </summary>
public readonly ref struct PaidAccountPayload : IPayload
{
    /// <summary>Length of the request body in bytes.</summary>
    public const int BodyLength = Challenge.Length + Length + ProfileRules.TrailerLength;

    internal const int Length = NumbersStart + CoinKeys.NumbersLength + AccountFields.ChecksumLength;

    private const int ProposedStart = AccountFields.CoinLength + 6;
    private const int NumbersStart = ProposedStart + AccountFields.CoinLength;

    /// <summary>Makes a payload.</summary>
    /// <param name="paying">The coin that pays.</param>
    /// <param name="proposed">The id of the new account.</param>
    /// <param name="numbers">The 400 secret bytes of the 25 authenticity numbers of the coin that pays.</param>
    public PaidAccountPayload(CoinId paying, CoinId proposed, ReadOnlySpan<byte> numbers)
    {
        Paying = paying;
        Proposed = proposed;
        Numbers = numbers[..CoinKeys.NumbersLength];
    }

    /// <summary>The coin that pays.</summary>
    public CoinId Paying { get; }

    /// <summary>The id of the new account.</summary>
    public CoinId Proposed { get; }

    /// <summary>The 25 authenticity numbers of the coin that pays, for the servers 0-24.</summary>
    public ReadOnlySpan<byte> Numbers { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.PaidAccount;

    /// <summary>The authenticity number of the coin that pays, for one server.</summary>
    public AuthenticityNumber NumberFor(byte raidaId) =>
        AuthenticityNumber.Read(Numbers[(raidaId * AuthenticityNumber.Length)..]);

    /// <summary>Reads a plain payload.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out PaidAccountPayload payload, out WireError error)
    {
        error = source.Length != Length ? WireError.BodyLengthWrong
            : !AccountFields.HasChecksum(source) ? WireError.ChecksumWrong
            : source[AccountFields.CoinLength..ProposedStart].ContainsAnyExcept((byte)0) ? WireError.ReservedNotZero
            : WireError.None;
        payload = error == WireError.None
            ? new(AccountFields.ReadCoin(source), AccountFields.ReadCoin(source[ProposedStart..]), source[NumbersStart..])
            : default;
        return error == WireError.None;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => Length;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        AccountFields.WriteCoin(Paying, destination);
        destination[AccountFields.CoinLength..ProposedStart].Clear();
        AccountFields.WriteCoin(Proposed, destination[ProposedStart..]);
        Numbers.CopyTo(destination[NumbersStart..]);
        AccountFields.WriteChecksum(destination[..Length]);
    }
}

/// <summary>
/// The payload of a successful Free Account or Paid Account response (docs/WIRE.md §10).
/// <code>
/// 0  AN (16) of the new account for this server
/// </code>
/// </summary>
/// <param name="Command">Free Account or Paid Account.</param>
/// <param name="Number">The authenticity number.</param>
public readonly record struct AccountAnswer(WireCommand Command, AuthenticityNumber Number) : IPayload
{
    /// <summary>Length in bytes.</summary>
    public const int Length = AuthenticityNumber.Length;

    /// <summary>Reads a plain payload.</summary>
    public static bool TryRead(WireCommand command, ReadOnlySpan<byte> source, out AccountAnswer answer, out WireError error)
    {
        var right = source.Length == Length;
        answer = right ? new(command, AuthenticityNumber.Read(source)) : default;
        error = right ? WireError.None : WireError.BodyLengthWrong;
        return right;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => Length;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination) => Number.CopyTo(destination);
}

/// <summary>The fields that both account requests have.</summary>
internal static class AccountFields
{
    public const int CoinLength = 5;
    public const int ChecksumLength = 4;

    public static CoinId ReadCoin(ReadOnlySpan<byte> source) =>
        new((sbyte)source[0], BinaryPrimitives.ReadUInt32BigEndian(source[1..]));

    public static void WriteCoin(CoinId coin, Span<byte> destination)
    {
        destination[0] = (byte)coin.Denomination;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], coin.SerialNumber);
    }

    public static bool HasChecksum(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadUInt32BigEndian(payload[^ChecksumLength..])
        == Crc32.HashToUInt32(payload[..^ChecksumLength]);

    public static void WriteChecksum(Span<byte> payload) => BinaryPrimitives.WriteUInt32BigEndian(
        payload[^ChecksumLength..], Crc32.HashToUInt32(payload[..^ChecksumLength]));
}
