using System.Globalization;
using Rke.Dns;
using Rke.Wire;

namespace Rke.Lookup.Memberships;

/// <summary>
/// Parses the membership records of a domain (docs/LOOKUP.md). A record can contain any of these forms:
/// <code>
/// "1" "2" "17"                              whole networks
/// "r0=RKE.secure.com 89828293 30000 "       one key server: host, key number, port
/// "anonymous=ok"                            anonymous receivers are allowed
/// "[www.example.com] co=6; sp=0; ..."       a network with further values, for some hosts
/// "[notes] ..."                             ignored up to the next section
/// </code>
/// The parser reports an invalid line and continues with the next one. A section ends with its record, because DNS returns records
/// in any order.
/// </summary>
public sealed class MembershipParser
{
    /// <summary>The greatest number of a network. 65535 is invalid.</summary>
    public const ushort MaxNetwork = 65534;

    private const int MaxMemberships = 256;
    private const int MaxKeyServers = 256;
    private const string NotesSection = "notes";

    private readonly DnsName _domain;
    private readonly List<Membership> _memberships = [];
    private readonly List<KeyServer> _keyServers = [];
    private readonly ReportedLines _unreadable = new();
    private MembershipSection? _section;
    private bool _isSkipping;
    private bool _isAnonymousFine;
    private HostEndpoint? _signal;
    private int _signalDistance = int.MaxValue;

    private MembershipParser(DnsName domain) => _domain = domain;

    public static MembershipRecords Parse(DnsName domain, IEnumerable<string> records)
    {
        var parser = new MembershipParser(domain);
        foreach (var record in records)
        {
            parser.ReadRecord(record);
        }

        return new MembershipRecords(
            parser._memberships,
            parser._keyServers,
            parser._isAnonymousFine,
            parser._signal,
            parser._unreadable.ToList());
    }

    public static bool IsNetwork(ReadOnlySpan<char> text, out ushort network) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out network)
        && network <= MaxNetwork;

    private void ReadRecord(ReadOnlySpan<char> text)
    {
        _section = new MembershipSection(_domain, pattern: null);
        _isSkipping = false;
        while (MembershipStatement.TryTakeLine(ref text, out var line))
        {
            // In notes, a section starts only at the start of a line, because notes may contain texts such as [1].
            while ((!_isSkipping || line is ['[', ..]) && MembershipStatement.TryTake(ref line, out var statement))
            {
                if (!TryReadStatement(statement))
                {
                    _unreadable.Add(statement);
                }
            }
        }

        EndSection();
    }

    private bool TryReadStatement(ReadOnlySpan<char> statement)
    {
        if (statement[0] == '[')
        {
            return TryBeginSection(statement);
        }

        if (!MembershipStatement.TrySplit(statement, out var name, out var value))
        {
            return TryReadNetworks(statement);
        }

        if (MembershipStatement.TryReadServer(name) is { } raidaId)
        {
            return TryReadKeyServer(raidaId, value);
        }

        if (name.Equals("anonymous", StringComparison.OrdinalIgnoreCase))
        {
            var isFine = value.Equals("ok", StringComparison.OrdinalIgnoreCase);
            _isAnonymousFine |= isFine;
            return isFine;
        }

        return TryReadValue(name, value);
    }

    private bool TryBeginSection(ReadOnlySpan<char> header)
    {
        EndSection();
        _section = null;
        _isSkipping = false;
        if (header is not ['[', .. var inner, ']'])
        {
            return false;
        }

        inner = inner.Trim();
        if (inner.Equals(NotesSection, StringComparison.OrdinalIgnoreCase))
        {
            _isSkipping = true;
            return true;
        }

        if (!HostPattern.TryParse(inner, out var pattern))
        {
            return false;
        }

        _section = new MembershipSection(_domain, pattern);
        return true;
    }

    // The values of a section with an invalid name are reported as invalid.
    private bool TryReadValue(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        const int longestName = 16;
        if (_section is null || name.Length > longestName)
        {
            return false;
        }

        Span<char> buffer = stackalloc char[longestName];
        var lower = buffer[..name.ToLowerInvariant(buffer)];
        if (lower is "co" && _section.HasNetwork && IsNetwork(value, out _))
        {
            // A second network starts a second membership of the same hosts.
            var next = _section.Next();
            EndSection();
            _section = next;
        }

        return _section.TrySet(lower, value);
    }

    private void EndSection()
    {
        if (_section is null)
        {
            return;
        }

        if (_section.ToMembership() is { } membership)
        {
            Add(membership);
        }

        if (_section.Signal is { } endpoint && _section.Distance is { } distance && distance < _signalDistance)
        {
            _signal = endpoint;
            _signalDistance = distance;
        }
    }

    private bool TryReadNetworks(ReadOnlySpan<char> statement)
    {
        if (_section is null)
        {
            return false;
        }

        var networks = new List<ushort>();
        foreach (var range in statement.SplitAny(' ', '\t'))
        {
            if (statement[range].IsEmpty)
            {
                continue;
            }

            if (!IsNetwork(statement[range], out var network))
            {
                return false;
            }

            networks.Add(network);
        }

        var host = _section.Host;
        return networks.TrueForAll(network => Add(new Membership(host, network)));
    }

    private bool TryReadKeyServer(byte raidaId, ReadOnlySpan<char> value)
    {
        Span<Range> words = stackalloc Range[4];
        var count = value.SplitAny(words, " \t", StringSplitOptions.RemoveEmptyEntries);
        if (raidaId > RaidaNetwork.MaxRaidaId || count != 3
            || !HostText.TryParse(value[words[0]].Trim("[]"), out var host)
            || !ulong.TryParse(
                value[words[1]], NumberStyles.None, CultureInfo.InvariantCulture, out var keyNumber)
            || !HostText.TryParsePort(value[words[2]], out var port))
        {
            return false;
        }

        var server = new KeyServer(raidaId, new HostEndpoint(host, port), keyNumber);
        if (_keyServers.Contains(server))
        {
            return true;
        }

        if (_keyServers.Count == MaxKeyServers)
        {
            return false;
        }

        _keyServers.Add(server);
        return true;
    }

    private bool Add(Membership membership)
    {
        if (_memberships.Contains(membership))
        {
            return true;
        }

        if (_memberships.Count == MaxMemberships)
        {
            return false;
        }

        _memberships.Add(membership);
        return true;
    }
}
