namespace Rke.Grpc.Framing;

/// <summary>Whether a message could be read, or why not.</summary>
internal enum FrameStatus
{
    /// <summary>The message is there.</summary>
    Complete,

    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The bytes ended within a message.</summary>
    Truncated,

    /// <summary>No message came where one must.</summary>
    Missing,

    /// <summary>More than one message came where only one may.</summary>
    Surplus,

    /// <summary>The flag is neither 0 nor 1.</summary>
    InvalidFlag,

    /// <summary>The message, or what it decompresses to, is longer than allowed.</summary>
    TooLong,

    /// <summary>The flag says compressed and the headers named no encoding.</summary>
    EncodingNotNamed,

    /// <summary>The headers named an encoding that is not known here.</summary>
    EncodingUnknown,

    /// <summary>The compressed bytes are not valid.</summary>
    CompressionInvalid,

    /// <summary>The deserializer refused the message.</summary>
    Unreadable,
}
