using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Rke.Wire;

namespace Rke.Raida.Names;

/// <summary>
/// The records for name lookup (docs/WIRE.md §5, "Name lookup"), read from a zone file. A zone file has one record per
/// line:
/// <code>
/// # Comments and empty lines are ignored.
/// host.example       A    192.0.2.1
/// _rke._udp.example  SRV  192.0.2.1:75
/// example            TXT  "(*.example, 6, 0, 1/1000)" "a second string"
/// </code>
/// Names are not case-sensitive. A name has at most one A record and one SRV record. The strings of all its TXT records
/// form one text, joined by line feeds, of at most 1200 bytes. Inside quotes, write \" for " and \\ for \.
/// </summary>
public sealed class Zone
{
    private readonly Dictionary<string, NameRecords> _names;
    private readonly Dictionary<string, NameRecords>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    private Zone(Dictionary<string, NameRecords> names)
    {
        _names = names;
        _lookup = names.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>A zone without names.</summary>
    public static Zone Empty { get; } = new(new(StringComparer.OrdinalIgnoreCase));

    /// <summary>The number of names.</summary>
    public int Count => _names.Count;

    /// <summary>Reads the text of a zone file.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Zone? zone, out ZoneError error)
    {
        var names = new Dictionary<string, NameRecords>(StringComparer.OrdinalIgnoreCase);
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (ZoneLine.Add(names, line) is { } reason)
            {
                zone = null;
                error = new(number, reason);
                return false;
            }
        }

        zone = new(names);
        error = default;
        return true;
    }

    /// <summary>Finds a record. The status of a failure is a missing name or a missing record.</summary>
    internal WireStatus Find(in NameLookupPayload lookup, out NameLookupAnswer answer)
    {
        answer = default;
        Span<char> name = stackalloc char[NameLookupPayload.MaxNameLength];
        name = name[..Encoding.ASCII.GetChars(lookup.Name, name)];
        if (name.EndsWith('.'))
        {
            name = name[..^1];
        }

        if (!_lookup.TryGetValue(name, out var records))
        {
            return WireStatus.NoSuchName;
        }

        switch (lookup.Type)
        {
            case NameRecordType.A when records.Address is { } address:
                answer = NameLookupAnswer.OfAddress(address);
                return WireStatus.Success;
            case NameRecordType.Srv when records.Service is { } service:
                answer = NameLookupAnswer.OfService(service);
                return WireStatus.Success;
            case NameRecordType.Txt when NameLookupAnswer.TryCreateText(records.Text, out answer):
                return WireStatus.Success;
            default:
                return WireStatus.NoSuchRecord;
        }
    }
}

/// <summary>The records of one name.</summary>
internal sealed class NameRecords
{
    public IPAddress? Address { get; set; }

    public IPEndPoint? Service { get; set; }

    /// <summary>The strings of all TXT records in UTF-8, joined by line feeds.</summary>
    public byte[]? Text { get; set; }
}

/// <summary>The first error in a zone file.</summary>
/// <param name="Line">The line number, from 1.</param>
/// <param name="Reason">The error and the valid form.</param>
public readonly record struct ZoneError(int Line, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"line {Line}: {Reason}";
}
