namespace Rke.Gateway.Dns;

/// <summary>Why bytes are not a DNS message.</summary>
internal enum DnsReadError
{
    None,

    /// <summary>The message ends before the field does.</summary>
    Truncated,

    /// <summary>A query, or an operation other than a standard query.</summary>
    NotAReply,

    /// <summary>Other than one question.</summary>
    QuestionCount,

    /// <summary>More records than <see cref="DnsReply.MaximumRecords"/>.</summary>
    TooManyRecords,

    /// <summary>A label of a kind that RFC 1035 does not know (its two top bits are 01 or 10).</summary>
    LabelKind,

    /// <summary>A compression pointer that does not point strictly backwards: it could loop.</summary>
    NamePointer,

    /// <summary>A name of more than 255 octets.</summary>
    NameTooLong,

    /// <summary>A record's data is longer or shorter than its type says.</summary>
    DataLength,

    /// <summary>Bytes follow the last record.</summary>
    TrailingBytes,
}
