using System.Net;

namespace Rke.Gateway.Dns;

/// <summary>Reads a record's data by its type. Types that the gateway has no use for give no record.</summary>
internal static class DnsRecordData
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

        // Inside a record the end of the data is the record's own length, not the end of the message.
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
