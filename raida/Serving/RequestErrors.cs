using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>Maps the faults of a request to the status of the response (docs/WIRE.md §8).</summary>
internal static class RequestErrors
{
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
        WireError.ChecksumWrong or WireError.ReservedNotZero => WireStatus.Failed,
        _ => WireStatus.Internal,
    };

    /// <summary>
    /// The status of the first fault of a header, in the order of docs/WIRE.md §2. The codec finds most faults. This
    /// method adds the RAIDA id, which comes after the split id, and the network, which comes after the command.
    /// </summary>
    public static WireStatus CheckHeader(in RequestHeader header, WireError error, byte raidaId, ushort network)
    {
        if (error is WireError.RoutingVersionWrong or WireError.SplitWrong)
        {
            return StatusOf(error);
        }

        if (header.RaidaId != raidaId)
        {
            return WireStatus.RaidaIdWrong;
        }

        // Here, the codec rejects a Signal, because a Signal goes to a receiver under RAIDA id 0.
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
}
