using System.Net;

namespace Rke.Gateway.Dns;

/// <summary>A record of a reply. Names are as they came, weird octets escaped; the root is ".".</summary>
internal abstract record DnsRecord(string Name, TimeSpan Ttl);

/// <summary>A or AAAA.</summary>
internal sealed record AddressRecord(string Name, TimeSpan Ttl, IPAddress Address) : DnsRecord(Name, Ttl);

/// <summary>CNAME.</summary>
internal sealed record AliasRecord(string Name, TimeSpan Ttl, string Target) : DnsRecord(Name, Ttl);

/// <summary>SRV (RFC 2782).</summary>
internal sealed record ServiceRecord(
    string Name, TimeSpan Ttl, ushort Priority, ushort Weight, ushort Port, string Target) : DnsRecord(Name, Ttl);

/// <summary>TXT: its strings, 0-255 octets each, undecoded.</summary>
internal sealed record TextRecord(string Name, TimeSpan Ttl, IReadOnlyList<byte[]> Strings) : DnsRecord(Name, Ttl);

/// <summary>SOA: of it only what tells how long "no such thing" holds (RFC 2308 §5).</summary>
internal sealed record AuthorityRecord(string Name, TimeSpan Ttl, TimeSpan Minimum) : DnsRecord(Name, Ttl);
