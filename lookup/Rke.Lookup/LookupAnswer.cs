using System.Diagnostics.CodeAnalysis;
using Rke.Dns;
using Rke.Lookup.Memberships;

namespace Rke.Lookup;

/// <summary>The answer to the lookup of a domain.</summary>
/// <param name="Domain">The domain of the request.</param>
/// <param name="Source">The source of the records.</param>
/// <param name="Signals">The signalling services, in the order to try. Empty if the domain refuses Signals.</param>
/// <param name="Records">Memberships, key servers, and unreadable lines.</param>
/// <param name="Ttl">The remaining TTL. Zero if the answer is stale.</param>
/// <param name="IsStale">The answer has expired, and the sources could not give a new one.</param>
public sealed record LookupAnswer(
    DnsName Domain,
    LookupSource Source,
    IReadOnlyList<HostEndpoint> Signals,
    MembershipRecords Records,
    TimeSpan Ttl,
    bool IsStale)
{
    /// <summary>The differences between the sources.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];

    /// <summary>
    /// The type and name of the records that name the signalling services, such as <c>SRV _rke._udp.example.com</c>. Empty if no record does,
    /// and the service is at the domain itself.
    /// </summary>
    public string SignalRecord { get; init; } = "";
}

/// <summary>The source of an answer.</summary>
public enum LookupSource
{
    /// <summary>Records of DNS.</summary>
    Dns,

    /// <summary>Records of the key servers.</summary>
    Raida,

    /// <summary>There are no records, so the answer has the defaults.</summary>
    Default,
}

/// <summary>A value, or the reason why there is none, with a text for the caller.</summary>
public sealed record LookupResult<T>(T? Value, LookupFailure Failure, string Detail)
    where T : class
{
    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsFound => Value is not null;

    public static LookupResult<T> Found(T value) => new(value, LookupFailure.None, "");

    public static LookupResult<T> Failed(LookupFailure failure, string detail) => new(null, failure, detail);
}

/// <summary>Why a lookup has no answer.</summary>
public enum LookupFailure
{
    None,

    /// <summary>The text is not a domain or host name.</summary>
    InvalidName,

    /// <summary>No configured source has records of names like this one.</summary>
    NoSource,

    /// <summary>The source did not answer, and the cache has no answer.</summary>
    Unavailable,

    /// <summary>The key servers gave different answers, and no answer has the required majority.</summary>
    Disagreement,

    /// <summary>The host has no address.</summary>
    NoAddress,

    /// <summary>Too many lookups are in progress.</summary>
    Overloaded,
}
