using System.Net;

namespace Rke.Dns;

/// <summary>A record of a reply. Names keep their case, special characters are escaped, and the root is ".".</summary>
public abstract record DnsRecord(string Name, TimeSpan Ttl);

/// <summary>A or AAAA.</summary>
public sealed record AddressRecord(string Name, TimeSpan Ttl, IPAddress Address) : DnsRecord(Name, Ttl);

/// <summary>CNAME.</summary>
public sealed record AliasRecord(string Name, TimeSpan Ttl, string Target) : DnsRecord(Name, Ttl);

/// <summary>SRV (RFC 2782).</summary>
public sealed record ServiceRecord(
    string Name, TimeSpan Ttl, ushort Priority, ushort Weight, ushort Port, string Target) : DnsRecord(Name, Ttl);

/// <summary>TXT: strings of 0 to 255 octets each, not decoded.</summary>
public sealed record TextRecord(string Name, TimeSpan Ttl, IReadOnlyList<byte[]> Strings) : DnsRecord(Name, Ttl);

/// <summary>SOA, with the fields that determine the TTL of negative answers (RFC 2308 §5).</summary>
public sealed record AuthorityRecord(string Name, TimeSpan Ttl, TimeSpan Minimum) : DnsRecord(Name, Ttl);

/// <summary>The record types that this project reads (RFC 1035 §3.2.2, RFC 2782, RFC 3596, RFC 6891).</summary>
public enum DnsType : ushort
{
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Opt = 41,
}

/// <summary>Reads the data of a record by its type. Other types result in no record.</summary>
public static class DnsRecordData
{
    private const int Ipv4Length = 4;
    private const int Ipv6Length = 16;

    public static DnsReadError TryRead(
        string name, DnsType type, TimeSpan ttl, ref DnsReader data, out DnsRecord? record)
    {
        record = null;
        var isRead = type switch
        {
            DnsType.A => TryReadAddress(name, ttl, Ipv4Length, ref data, out record),
            DnsType.Aaaa => TryReadAddress(name, ttl, Ipv6Length, ref data, out record),
            DnsType.Cname => TryReadAlias(name, ttl, ref data, out record),
            DnsType.Srv => TryReadService(name, ttl, ref data, out record),
            DnsType.Txt => TryReadText(name, ttl, ref data, out record),
            DnsType.Soa => TryReadAuthority(name, ttl, ref data, out record),
            _ => data.TryReadBytes(data.Remaining, out _),
        };
        if (isRead && data.IsAtEnd)
        {
            return DnsReadError.None;
        }

        // The reader ends at the length of the record, so a truncation is a wrong length of the data.
        record = null;
        return data.Error is DnsReadError.None or DnsReadError.Truncated ? DnsReadError.DataLength : data.Error;
    }

    private static bool TryReadAddress(
        string name, TimeSpan ttl, int length, ref DnsReader data, out DnsRecord? record)
    {
        record = null;
        if (!data.TryReadBytes(length, out var address))
        {
            return false;
        }

        record = new AddressRecord(name, ttl, new IPAddress(address));
        return true;
    }

    private static bool TryReadAlias(string name, TimeSpan ttl, ref DnsReader data, out DnsRecord? record)
    {
        record = null;
        if (!data.TryReadName(out var target))
        {
            return false;
        }

        record = new AliasRecord(name, ttl, target);
        return true;
    }

    // Priority 2 | weight 2 | port 2 | target (RFC 2782).
    private static bool TryReadService(string name, TimeSpan ttl, ref DnsReader data, out DnsRecord? record)
    {
        record = null;
        if (!data.TryReadUInt16(out var priority) || !data.TryReadUInt16(out var weight)
            || !data.TryReadUInt16(out var port) || !data.TryReadName(out var target))
        {
            return false;
        }

        record = new ServiceRecord(name, ttl, priority, weight, port, target);
        return true;
    }

    // One or more strings: length 1 | octets (RFC 1035 §3.3.14).
    private static bool TryReadText(string name, TimeSpan ttl, ref DnsReader data, out DnsRecord? record)
    {
        record = null;
        var strings = new List<byte[]>();
        do
        {
            if (!data.TryReadByte(out var length) || !data.TryReadBytes(length, out var text))
            {
                return false;
            }

            strings.Add(text.ToArray());
        }
        while (!data.IsAtEnd);

        record = new TextRecord(name, ttl, strings);
        return true;
    }

    // Primary name | mailbox name | serial 4 | refresh 4 | retry 4 | expire 4 | minimum 4 (RFC 1035 §3.3.13).
    private static bool TryReadAuthority(string name, TimeSpan ttl, ref DnsReader data, out DnsRecord? record)
    {
        record = null;
        if (!data.TryReadName(out _) || !data.TryReadName(out _) || !data.TryReadBytes(16, out _)
            || !data.TryReadUInt32(out var minimum))
        {
            return false;
        }

        record = new AuthorityRecord(name, ttl, TimeSpan.FromSeconds(Math.Min(minimum, int.MaxValue)));
        return true;
    }
}
