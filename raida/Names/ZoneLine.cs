using System.Net;
using System.Net.Sockets;
using System.Text;
using Rke.Wire;

namespace Rke.Raida.Names;

/// <summary>Reads one line of a zone file: name, type, value.</summary>
internal static class ZoneLine
{
    /// <summary>Adds the record of a line.</summary>
    /// <returns>Null, or the error in the line.</returns>
    public static string? Add(Dictionary<string, NameRecords> names, ReadOnlySpan<char> line)
    {
        line = line.Trim();
        if (line.IsEmpty || line[0] == '#')
        {
            return null;
        }

        var name = Word(ref line).TrimEnd('.').ToString();
        var type = Word(ref line);
        if (!IsName(name))
        {
            return $"'{name}' is not a valid name. Use at most 253 letters, digits, '-', '.' and '_'";
        }

        if (!names.TryGetValue(name, out var records))
        {
            names[name] = records = new();
        }

        return type.ToString().ToUpperInvariant() switch
        {
            "A" => AddAddress(records, Word(ref line), line),
            "SRV" => AddService(records, Word(ref line), line),
            "TXT" => AddText(records, line),
            _ => $"'{type}' is not a supported record type. Use A, SRV or TXT",
        };
    }

    private static ReadOnlySpan<char> Word(ref ReadOnlySpan<char> line)
    {
        var end = line.IndexOfAny(' ', '\t');
        var word = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[end..].TrimStart();
        return word;
    }

    private static bool IsName(string name) => NameLookupPayload.TryCreate(
        WireProfile.Rke, NameRecordType.A, Encoding.UTF8.GetBytes(name), out _, out _);

    private static bool IsEnd(ReadOnlySpan<char> rest) => rest.IsEmpty || rest[0] == '#';

    private static string? AddAddress(NameRecords records, ReadOnlySpan<char> value, ReadOnlySpan<char> rest)
    {
        if (!IPAddress.TryParse(value, out var address)
            || address.AddressFamily != AddressFamily.InterNetwork || !IsEnd(rest))
        {
            return "An A record needs one IPv4 address, such as 192.0.2.1";
        }

        if (records.Address is not null)
        {
            return "The name already has an A record. Remove one of the two";
        }

        records.Address = address;
        return null;
    }

    private static string? AddService(NameRecords records, ReadOnlySpan<char> value, ReadOnlySpan<char> rest)
    {
        if (!IPEndPoint.TryParse(value, out var service)
            || service.AddressFamily != AddressFamily.InterNetwork || service.Port == 0 || !IsEnd(rest))
        {
            return "An SRV record needs an IPv4 address and a port, such as 192.0.2.1:75";
        }

        if (records.Service is not null)
        {
            return "The name already has an SRV record. Remove one of the two";
        }

        records.Service = service;
        return null;
    }

    private static string? AddText(NameRecords records, ReadOnlySpan<char> rest)
    {
        var text = new StringBuilder(records.Text is null ? "" : Encoding.UTF8.GetString(records.Text));
        do
        {
            if (!TryReadString(ref rest, out var part) || part.Length == 0)
            {
                return "A TXT record needs one or more strings in double quotes, and no empty string";
            }

            text.Append(text.Length == 0 ? "" : "\n").Append(part);
        }
        while (!IsEnd(rest));

        records.Text = Encoding.UTF8.GetBytes(text.ToString());
        return records.Text.Length > NameLookupAnswer.MaxTextLength
            ? $"The TXT records of the name are longer than {NameLookupAnswer.MaxTextLength} bytes in total. Shorten them"
            : null;
    }

    private static bool TryReadString(ref ReadOnlySpan<char> rest, out string part)
    {
        part = "";
        if (rest.IsEmpty || rest[0] != '"')
        {
            return false;
        }

        var text = new StringBuilder();
        for (var index = 1; index < rest.Length; index++)
        {
            switch (rest[index])
            {
                case '"':
                    rest = rest[(index + 1)..].TrimStart();
                    part = text.ToString();
                    return true;
                case '\\' when index + 1 < rest.Length && rest[index + 1] is '"' or '\\':
                    text.Append(rest[++index]);
                    break;
                default:
                    text.Append(rest[index]);
                    break;
            }
        }

        return false;
    }
}
