namespace Rke.Gateway.Dns;

/// <summary>How a question ended.</summary>
internal enum DnsOutcome
{
    /// <summary>There are records.</summary>
    Found,

    /// <summary>The name exists, without records of this type.</summary>
    NoData,

    /// <summary>The name does not exist.</summary>
    NoName,

    /// <summary>Nobody answered in time.</summary>
    TimedOut,

    /// <summary>Nothing listens where the resolvers should be.</summary>
    Unreachable,

    /// <summary>Every resolver answered that it cannot or will not say (SERVFAIL, REFUSED and the like).</summary>
    ServerFailed,

    /// <summary>Aliases without an end.</summary>
    AliasChain,
}
