namespace Rke.Gateway.Identity;

/// <summary>How a caller proved who it is.</summary>
internal enum CallerKind
{
    /// <summary>Not at all.</summary>
    Anonymous,

    /// <summary>By the client certificate of its connection.</summary>
    Certificate,

    /// <summary>By what a trusted proxy says of its client certificate.</summary>
    Forwarded,

    /// <summary>By a bearer token.</summary>
    Token,
}
