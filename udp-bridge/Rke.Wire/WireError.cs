namespace Rke.Wire;

/// <summary>Why bytes from outside were rejected. This library never throws because of such bytes.</summary>
public enum WireError
{
    None,

    // Any frame
    TooShort,
    LengthWrong,
    TrailerWrong,

    // Request (docs/WIRE.md §2 and §3)
    TooLong,
    RoutingVersionWrong,
    SplitWrong,
    RaidaIdWrong,
    ShardWrong,
    GroupUnknown,
    CommandUnknown,
    PresentationWrong,
    EncryptionTypeWrong,
    CoinNotZero,
    NonceNotZero,
    BodyEmpty,
    BodyLengthWrong,
    ChallengeWrong,
    CoinMissing,

    // Response (docs/WIRE.md §4)
    GroupWrong,
    FrameCountWrong,
    EchoWrong,
    ReservedNotZero,
    SignatureWrong,
    BodyUnexpected,

    // Payload (docs/WIRE.md §5 and §6)
    KeyLengthInvalid,
    KeyStartInvalid,
    PartCountInvalid,
    AddressVersionInvalid,
    PortInvalid,
    FlagInvalid,
    RecordTypeInvalid,
    NameInvalid,
    TextInvalid,
    ChecksumWrong,
}
