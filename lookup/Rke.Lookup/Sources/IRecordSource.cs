using System.Net;
using Rke.Dns;

namespace Rke.Lookup.Sources;

/// <summary>A source of records: DNS, or the name lookup of the key servers.</summary>
public interface IRecordSource
{
    LookupSource Kind { get; }

    /// <summary>SRV records.</summary>
    Task<SourceAnswer<ServiceTarget>> FindServicesAsync(DnsName name, CancellationToken cancellationToken);

    /// <summary>TXT records. Each is one text, with line feeds between its strings.</summary>
    Task<SourceAnswer<string>> FindTextsAsync(DnsName name, CancellationToken cancellationToken);

    /// <summary>A and AAAA records.</summary>
    Task<SourceAnswer<IPAddress>> FindAddressesAsync(DnsName name, CancellationToken cancellationToken);
}

/// <summary>The answer of a source: records, no records, or a failure.</summary>
/// <param name="Records">Empty if there are none, or if the source failed.</param>
/// <param name="Ttl">The TTL of the answer. Null if the source has none.</param>
/// <param name="Failure">Why the source failed. Null if it did not fail.</param>
public sealed record SourceAnswer<T>(IReadOnlyList<T> Records, TimeSpan? Ttl, string? Failure = null)
{
    public static SourceAnswer<T> None { get; } = new([], Ttl: null);

    /// <summary>The source does not support records of this type, so the answer is not negative.</summary>
    public static SourceAnswer<T> Unsupported { get; } = new([], Ttl: null) { IsUnsupported = true };

    public bool IsUnsupported { get; private init; }

    /// <summary>The kind of the failure, if the source failed.</summary>
    public LookupFailure FailureKind { get; private init; }

    /// <summary>The source of the records, if this source combines several.</summary>
    public LookupSource? Origin { get; init; }

    /// <summary>The differing answers.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];

    public static SourceAnswer<T> Failed(string failure, LookupFailure kind = LookupFailure.Unavailable) =>
        new([], Ttl: null, failure) { FailureKind = kind };
}

/// <summary>The content of a SRV record (RFC 2782). The host is not validated.</summary>
public sealed record ServiceTarget(string Host, ushort Port, ushort Priority = 0, ushort Weight = 0)
{
    /// <summary>A target "." means that the domain does not offer the service.</summary>
    public bool IsRefusal => Host is ".";
}
