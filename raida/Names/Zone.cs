using System.Diagnostics.CodeAnalysis;
using System.Text;
using Rke.Wire;

namespace Rke.Raida.Names;

/// <summary>
/// The names that a key server answers (docs/WIRE.md §5, "Name lookup"), read from text of one record a line:
/// <code>
/// # a comment; empty lines are skipped
/// host.example       A    192.0.2.1
/// _rke._udp.example  SRV  192.0.2.1:75
/// example            TXT  "(*.example, 6, 0, 1/1000)" "a second string"
/// </code>
/// Names are compared without case. A name has one A and one SRV record at most; the strings of all its TXT records
/// together make one text, joined by line feeds, of at most 1200 bytes. Inside quotes \" and \\ stand for " and \.
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

    /// <summary>Knows no name.</summary>
    public static Zone Empty { get; } = new(new(StringComparer.OrdinalIgnoreCase));

    /// <summary>How many names there are.</summary>
    public int Count => _names.Count;

    /// <summary>Reads a zone.</summary>
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

    /// <summary>Answers a question; otherwise the status says whether the name or the record is missing.</summary>
    internal WireStatus Find(in NameLookupPayload question, out NameLookupAnswer answer)
    {
        answer = default;
        Span<char> name = stackalloc char[NameLookupPayload.MaxNameLength];
        name = name[..Encoding.ASCII.GetChars(question.Name, name)];
        if (name.EndsWith('.'))
        {
            name = name[..^1];
        }

        if (!_lookup.TryGetValue(name, out var records))
        {
            return WireStatus.NoSuchName;
        }

        switch (question.Type)
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
