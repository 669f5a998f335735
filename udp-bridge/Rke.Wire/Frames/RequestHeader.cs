using System.Buffers.Binary;

namespace Rke.Wire;

/// <summary>
/// The first 32 bytes of a request. They are never encrypted (docs/WIRE.md §2).
/// <code>
///  0  routing version = 1
///  1  split id = 0
///  2  RAIDA id
///  3  shard id = 0
///  4  command group
///  5  command
///  6  network (2)
///  8  presentation (8), fixed in each profile
/// 16  encryption type: 0 or 1
/// 17  DN
/// 18  SN (4)
/// 22  body length (2)
/// 24  nonce (8); its last two bytes, 30-31, are the echo
/// </code>
/// </summary>
public readonly record struct RequestHeader
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    public byte RoutingVersion { get; init; }

    public byte SplitId { get; init; }

    public byte RaidaId { get; init; }

    public byte ShardId { get; init; }

    /// <summary>Command group and command.</summary>
    public CommandCode Code { get; init; }

    public ushort Network { get; init; }

    public ulong Presentation { get; init; }

    /// <summary>0 = none, 1 = AES-128-CTR with the AN of <see cref="Coin"/>.</summary>
    public byte EncryptionType { get; init; }

    /// <summary>DN and SN. Zero in type 0.</summary>
    public CoinId Coin { get; init; }

    /// <summary>The length in bytes of challenge, payload and trailer.</summary>
    public ushort BodyLength { get; init; }

    public Nonce Nonce { get; init; }

    /// <summary>Reads 32 bytes without checking the fields. Returns false if there are fewer bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out RequestHeader header)
    {
        if (source.Length < Length)
        {
            header = default;
            return false;
        }

        header = new RequestHeader
        {
            RoutingVersion = source[0],
            SplitId = source[1],
            RaidaId = source[2],
            ShardId = source[3],
            Code = new(source[4], source[5]),
            Network = BinaryPrimitives.ReadUInt16BigEndian(source[6..]),
            Presentation = BinaryPrimitives.ReadUInt64BigEndian(source[8..]),
            EncryptionType = source[16],
            Coin = new((sbyte)source[17], BinaryPrimitives.ReadUInt32BigEndian(source[18..])),
            BodyLength = BinaryPrimitives.ReadUInt16BigEndian(source[22..]),
            Nonce = new(BinaryPrimitives.ReadUInt64BigEndian(source[24..])),
        };
        return true;
    }

    /// <summary>Writes 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        destination[0] = RoutingVersion;
        destination[1] = SplitId;
        destination[2] = RaidaId;
        destination[3] = ShardId;
        destination[4] = Code.Group;
        destination[5] = Code.Number;
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], Network);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Presentation);
        destination[16] = EncryptionType;
        destination[17] = (byte)Coin.Denomination;
        BinaryPrimitives.WriteUInt32BigEndian(destination[18..], Coin.SerialNumber);
        BinaryPrimitives.WriteUInt16BigEndian(destination[22..], BodyLength);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], Nonce.Value);
    }

    /// <summary>
    /// Checks the fields that are fixed in a profile, in the order of the header errors in docs/WIRE.md §8.
    /// </summary>
    internal WireError Check(WireProfile profile, out WireCommand command)
    {
        command = default;
        if (RoutingVersion != 1)
        {
            return WireError.RoutingVersionWrong;
        }

        if (SplitId != 0)
        {
            return WireError.SplitWrong;
        }

        if (RaidaId > RaidaNetwork.MaxRaidaId)
        {
            return WireError.RaidaIdWrong;
        }

        if (ShardId != 0)
        {
            return WireError.ShardWrong;
        }

        if (!CommandCode.TryFind(profile, Code.Group, Code.Number, out command, out var error))
        {
            return error;
        }

        // The deployed server reads neither the presentation bytes nor the nonce of an unencrypted request.
        if (profile == WireProfile.Rke && Presentation != ProfileRules.Presentation(profile))
        {
            return WireError.PresentationWrong;
        }

        // A Signal or an Exchange Keys goes to a receiver, which has no RAIDA id (docs/WIRE.md §2, §5, §10).
        if (profile == WireProfile.Rke && IsForReceiver(command) && RaidaId != 0)
        {
            return WireError.RaidaIdWrong;
        }

        if (EncryptionType > 1 || (EncryptionType != 0 && !CanEncrypt(profile, command)))
        {
            return WireError.EncryptionTypeWrong;
        }

        if (EncryptionType == 0 && Coin != default)
        {
            return WireError.CoinNotZero;
        }

        return profile == WireProfile.Rke && EncryptionType == 0 && Nonce != Nonce.EchoOnly
            ? WireError.NonceNotZero
            : WireError.None;
    }

    /// <summary>Whether the command goes to a signalling service, and not to a key server.</summary>
    public static bool IsForReceiver(WireCommand command) => command is WireCommand.Signal or WireCommand.ExchangeKeys;

    /// <summary>
    /// Whether a request can have type 1. A receiver shares no coin with the sender, and who opens an account has no coin yet.
    /// </summary>
    public static bool CanEncrypt(WireProfile profile, WireCommand command) => profile == WireProfile.Raidax
        || !(IsForReceiver(command) || command is WireCommand.FreeAccount or WireCommand.PaidAccount);
}
