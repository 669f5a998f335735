using System.Globalization;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Reads the membership records of a domain (docs/LOOKUP.md), all forms mixed as they come:
/// <code>
/// "1" "2" "17"                              whole networks
/// "r0=RKE.secure.com 89828293 30000 "       one key server: host, key number, port
/// "anonymous=ok"                            anonymous receivers are fine
/// "[www.example.com] co=6; sp=0; ..."       a network with its particulars, for some hosts
/// "[notes] ..."                             skipped, up to the next section
/// </code>
/// A line that cannot be read is reported and hides nothing else. A section ends with its record, because the
/// records of a name come in any order.
/// </summary>
internal sealed class MembershipParser
{
    /// <summary>65535 is no network.</summary>
    public const ushort MaximumNetwork = 65534;

    private const int MaximumMemberships = 256;
    private const int MaximumKeyServers = 256;
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
        && network <= MaximumNetwork;

    private void ReadRecord(ReadOnlySpan<char> text)
    {
        _section = new MembershipSection(_domain, pattern: null);
        _isSkipping = false;
        while (MembershipStatement.TryTakeLine(ref text, out var line))
        {
            // Inside notes only a line's own beginning is a section: people write [1] and such.
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

    // Values of a section whose name could not be read belong to nobody: they are reported too.
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
            // A second network is a second membership of the same hosts.
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
        if (raidaId > KeyServer.MaximumRaidaId || count != 3
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

        if (_keyServers.Count == MaximumKeyServers)
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

        if (_memberships.Count == MaximumMemberships)
        {
            return false;
        }

        _memberships.Add(membership);
        return true;
    }
}
