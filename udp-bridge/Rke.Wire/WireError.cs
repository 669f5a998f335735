namespace Rke.Wire;

/// <summary>Why bytes from outside were refused. Nothing in this library throws for them.</summary>
public enum WireError
{
    None,

    // Of any frame
    TooShort,
    LengthWrong,
    TrailerWrong,

    // Of a request (docs/WIRE.md §2, §3)
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

    // Of a response (docs/WIRE.md §4)
    GroupWrong,
    FrameCountWrong,
    EchoWrong,
    ReservedNotZero,
    SignatureWrong,
    BodyUnexpected,

    // Of a payload (docs/WIRE.md §5, §6)
    KeyLengthInvalid,
    KeyStartInvalid,
    PartCountInvalid,
    AddressVersionInvalid,
    PortInvalid,
    FlagInvalid,
    RecordTypeInvalid,
    NameInvalid,
    TextInvalid,
}
