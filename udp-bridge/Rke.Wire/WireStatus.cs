namespace Rke.Wire;

/// <summary>
/// The meaning of a response's status byte. The byte depends on the profile, on the command, and on whether it is a
/// header error (docs/WIRE.md §5, §6 and §8). <see cref="WireStatuses"/> converts in both directions.
/// </summary>
public enum WireStatus
{
    /// <summary>A status byte without a documented meaning.</summary>
    Unknown,
    Success,
    Failed,

    // Post Key
    ClientAddressZero,
    ReceiverAddressZero,
    KeyStartInvalid,
    KeyLengthInvalid,
    CoinOverused,
    Offline,

    // Get Key
    AuthenticationRequired,
    BadUser,
    BadPassword,
    AnonymousReceiverRefused,
    SenderNotFound,
    AuthenticityNumberReused,
    SenderBlocked,
    ReceiverBlocked,
    BlockedPanOrOffline,
    KeyNotFound,

    // Name lookup
    NoSuchRecord,
    NoSuchName,

    // Exchange Keys
    KeysPartlyCollected,
    KeyResumed,

    // Free Account and Paid Account
    AccountInUse,
    AccountOutOfRange,
    CoinCounterfeit,
    CoinNotValuable,
    PaidAccountNotOffered,
    AccountRequestRate,

    // Header errors, and other errors of the deployed server
    RoutingVersionWrong,
    SplitWrong,
    RaidaIdWrong,
    ShardWrong,
    GroupUnknown,
    CommandUnknown,
    NetworkWrong,
    LengthWrong,
    CoinNotFound,
    EncryptionTypeWrong,
    TrailerWrong,
    BodyEmpty,
    ChallengeWrong,
    RequestRate,
    Internal,
}

/// <summary>Converts between status bytes and their meanings (docs/WIRE.md §5, §6 and §8).</summary>
public static class WireStatuses
{
    private static readonly int StatusCount = Enum.GetValues<WireStatus>().Length;

    private static readonly (byte Status, bool IsHeaderError)[] RkeBytes = InvertRke();

    /// <summary>The meaning of a response's status byte.</summary>
    /// <param name="isHeaderError">The value of <see cref="ResponseFrame.IsHeaderError"/>.</param>
    public static WireStatus Interpret(WireProfile profile, WireCommand command, bool isHeaderError, byte status) =>
        status == ProfileRules.Success(profile) && !isHeaderError ? WireStatus.Success
        : profile == WireProfile.Raidax ? InterpretRaidax(status)
        : isHeaderError ? InterpretHeaderError(status)
        : command switch
        {
            WireCommand.PostKey => InterpretPostKey(status),
            WireCommand.GetKey => InterpretGetKey(status),
            WireCommand.NameLookup => InterpretNameLookup(status),
            WireCommand.ExchangeKeys => InterpretExchangeKeys(status),
            WireCommand.FreeAccount or WireCommand.PaidAccount => InterpretAccount(status),
            _ => status == 0 ? WireStatus.Failed : WireStatus.Unknown,
        };

    /// <summary>
    /// The status byte for <paramref name="status"/>, and whether it is a header error. Key servers use this.
    /// </summary>
    public static (byte Status, bool IsHeaderError) Encode(WireProfile profile, WireCommand command, WireStatus status)
    {
        if (status == WireStatus.Success)
        {
            return (ProfileRules.Success(profile), false);
        }

        if (profile == WireProfile.Raidax)
        {
            return (EncodeRaidax(status), false);
        }

        if (status == WireStatus.Unknown)
        {
            status = WireStatus.Failed;
        }

        return RkeBytes[((int)command * StatusCount) + (int)status];
    }

    /// <summary>Whether this status, in a response with command group 0, is a header error (docs/WIRE.md §8).</summary>
    public static bool IsHeaderError(byte status) => InterpretHeaderError(status) != WireStatus.Unknown;

    // The inverse of Interpret. The status bytes of the command have priority over header errors. The default is 0,
    // failed.
    private static (byte Status, bool IsHeaderError)[] InvertRke()
    {
        var bytes = new (byte, bool)[Enum.GetValues<WireCommand>().Length * StatusCount];
        foreach (var command in Enum.GetValues<WireCommand>())
        {
            var place = (int)command * StatusCount;
            for (var value = (int)byte.MaxValue; value >= 0; value--)
            {
                bytes[place + (int)InterpretHeaderError((byte)value)] = ((byte)value, true);
            }

            for (var value = (int)byte.MaxValue; value >= 0; value--)
            {
                var status = Interpret(WireProfile.Rke, command, isHeaderError: false, (byte)value);
                bytes[place + (int)status] = ((byte)value, false);
            }
        }

        return bytes;
    }

    private static WireStatus InterpretPostKey(byte status) => status switch
    {
        0 => WireStatus.Failed,
        3 => WireStatus.ClientAddressZero,
        4 => WireStatus.ReceiverAddressZero,
        5 => WireStatus.KeyStartInvalid,
        6 => WireStatus.KeyLengthInvalid,
        7 => WireStatus.CoinOverused,
        8 => WireStatus.Offline,
        _ => WireStatus.Unknown,
    };

    private static WireStatus InterpretGetKey(byte status) => status switch
    {
        0 => WireStatus.Failed,
        2 => WireStatus.AuthenticationRequired,
        3 => WireStatus.BadUser,
        4 => WireStatus.BadPassword,
        5 => WireStatus.AnonymousReceiverRefused,
        6 => WireStatus.SenderNotFound,
        7 => WireStatus.AuthenticityNumberReused,
        8 => WireStatus.SenderBlocked,
        9 => WireStatus.ReceiverBlocked,
        10 => WireStatus.BlockedPanOrOffline,
        12 => WireStatus.KeyNotFound,
        _ => WireStatus.Unknown,
    };

    private static WireStatus InterpretNameLookup(byte status) => status switch
    {
        0 => WireStatus.Failed,
        184 => WireStatus.NoSuchRecord,
        185 => WireStatus.NoSuchName,
        _ => WireStatus.Unknown,
    };

    private static WireStatus InterpretExchangeKeys(byte status) => status switch
    {
        0 => WireStatus.Failed,
        2 => WireStatus.KeysPartlyCollected,
        3 => WireStatus.KeyResumed,
        10 => WireStatus.Offline,
        _ => WireStatus.Unknown,
    };

    private static WireStatus InterpretAccount(byte status) => status switch
    {
        0 => WireStatus.Failed,
        2 => WireStatus.AccountInUse,
        3 => WireStatus.AccountOutOfRange,
        4 => WireStatus.CoinCounterfeit,
        5 => WireStatus.CoinNotValuable,
        6 => WireStatus.PaidAccountNotOffered,
        7 => WireStatus.AccountRequestRate,
        10 => WireStatus.Offline,
        _ => WireStatus.Unknown,
    };

    private static WireStatus InterpretHeaderError(byte status) => status switch
    {
        255 => WireStatus.RoutingVersionWrong,
        2 => WireStatus.SplitWrong,
        3 => WireStatus.RaidaIdWrong,
        4 => WireStatus.ShardWrong,
        5 => WireStatus.GroupUnknown,
        6 => WireStatus.CommandUnknown,
        7 => WireStatus.NetworkWrong,
        16 => WireStatus.LengthWrong,
        25 => WireStatus.CoinNotFound,
        27 => WireStatus.EncryptionTypeWrong,
        33 => WireStatus.TrailerWrong,
        36 => WireStatus.BodyEmpty,
        37 => WireStatus.ChallengeWrong,
        252 => WireStatus.Internal,
        _ => WireStatus.Unknown,
    };

    private static WireStatus InterpretRaidax(byte status) => status switch
    {
        3 => WireStatus.RaidaIdWrong,
        5 => WireStatus.GroupUnknown,
        6 => WireStatus.CommandUnknown,
        7 => WireStatus.NetworkWrong,
        16 => WireStatus.LengthWrong,
        33 => WireStatus.TrailerWrong,
        34 => WireStatus.CoinNotFound,
        37 => WireStatus.ChallengeWrong,
        160 => WireStatus.RequestRate,
        184 => WireStatus.NoSuchRecord,
        185 => WireStatus.NoSuchName,
        194 => WireStatus.KeyNotFound,
        196 => WireStatus.KeyLengthInvalid,
        252 or 253 or 254 => WireStatus.Internal,
        255 => WireStatus.RoutingVersionWrong,
        _ => WireStatus.Unknown,
    };

    private static byte EncodeRaidax(WireStatus status) => status switch
    {
        // The deployed server has one status for a wrong key start and a wrong key length.
        WireStatus.KeyStartInvalid => 196,
        WireStatus.CoinOverused => 160,
        WireStatus.BodyEmpty => 16,
        WireStatus.RaidaIdWrong => 3,
        WireStatus.GroupUnknown => 5,
        WireStatus.CommandUnknown => 6,
        WireStatus.NetworkWrong => 7,
        WireStatus.LengthWrong => 16,
        WireStatus.TrailerWrong => 33,
        WireStatus.CoinNotFound => 34,
        WireStatus.ChallengeWrong => 37,
        WireStatus.RequestRate => 160,
        WireStatus.NoSuchRecord => 184,
        WireStatus.NoSuchName => 185,
        WireStatus.KeyNotFound => 194,
        WireStatus.KeyLengthInvalid => 196,
        WireStatus.RoutingVersionWrong or WireStatus.SplitWrong or WireStatus.ShardWrong => 255,
        _ => 252,
    };
}
