namespace Rke.Wire;

/// <summary>
/// What a response's status byte means. The byte depends on profile, command and kind of error
/// (docs/WIRE.md §5, §6, §8): <see cref="WireStatuses"/> translates both ways.
/// </summary>
public enum WireStatus
{
    /// <summary>A status that no document names.</summary>
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

    // Header errors and the deployed server's own
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
