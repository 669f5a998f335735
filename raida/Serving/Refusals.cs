using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>The status that answers a request which could not be read (docs/WIRE.md §8).</summary>
internal static class Refusals
{
    /// <summary>What the frame codec found, as a status.</summary>
    public static WireStatus StatusOf(WireError error) => error switch
    {
        WireError.None => WireStatus.Success,
        WireError.RoutingVersionWrong or WireError.PresentationWrong => WireStatus.RoutingVersionWrong,
        WireError.SplitWrong => WireStatus.SplitWrong,
        WireError.ShardWrong => WireStatus.ShardWrong,
        WireError.GroupUnknown => WireStatus.GroupUnknown,
        WireError.CommandUnknown => WireStatus.CommandUnknown,
        WireError.EncryptionTypeWrong or WireError.CoinNotZero or WireError.NonceNotZero =>
            WireStatus.EncryptionTypeWrong,
        WireError.BodyEmpty => WireStatus.BodyEmpty,
        WireError.LengthWrong or WireError.BodyLengthWrong or WireError.TooLong => WireStatus.LengthWrong,
        WireError.TrailerWrong => WireStatus.TrailerWrong,
        WireError.CoinMissing => WireStatus.CoinNotFound,
        WireError.ChallengeWrong => WireStatus.ChallengeWrong,
        WireError.KeyLengthInvalid => WireStatus.KeyLengthInvalid,
        WireError.KeyStartInvalid => WireStatus.KeyStartInvalid,
        WireError.RecordTypeInvalid => WireStatus.NoSuchRecord,
        WireError.NameInvalid => WireStatus.NoSuchName,
        _ => WireStatus.Internal,
    };

    /// <summary>
    /// The first fault of a header, in the order of docs/WIRE.md §2: whose server it is stands behind the split id,
    /// which network behind the command.
    /// </summary>
    public static WireStatus Judge(in RequestHeader header, WireError error, byte raidaId, ushort network)
    {
        if (error is WireError.RoutingVersionWrong or WireError.SplitWrong)
        {
            return StatusOf(error);
        }

        if (header.RaidaId != raidaId)
        {
            return WireStatus.RaidaIdWrong;
        }

        // The codec knows no Signal to a server: it goes to a receiver, under RAIDA id 0.
        if (error is WireError.RaidaIdWrong)
        {
            return WireStatus.CommandUnknown;
        }

        if (error is WireError.ShardWrong or WireError.GroupUnknown or WireError.CommandUnknown)
        {
            return StatusOf(error);
        }

        return header.Network != network ? WireStatus.NetworkWrong : StatusOf(error);
    }

    /// <summary>
    /// Whether a datagram is an answer: a server that answered answers would have an endless conversation with another
    /// one that a single forged datagram starts.
    /// </summary>
    public static bool IsAnswer(ReadOnlySpan<byte> datagram) =>
        ResponseHeader.TryRead(datagram, out var header)
        && header.FrameCount == 1
        && header.ShardId == 0
        && header.Reserved == 0
        && header.BodySize == datagram.Length - ResponseHeader.Length;
}
