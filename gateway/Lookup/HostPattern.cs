using System.Diagnostics.CodeAnalysis;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Which hosts a section is about: a host, <c>*.example.com</c> (any host of it, and itself), or
/// <c>%.example.com</c> (the host that was asked for, if it is one of those).
/// </summary>
internal sealed record HostPattern
{
    private readonly DnsName _name;
    private readonly char? _mark;

    private HostPattern(DnsName name, char? mark)
    {
        _name = name;
        _mark = mark;
    }

    /// <summary>Is it about one host alone?</summary>
    public bool IsExact => _mark != '*';

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out HostPattern? pattern)
    {
        pattern = null;
        char? sign = text is ['*' or '%', '.', ..] ? text[0] : null;
        if (!DnsName.TryParse(sign is null ? text : text[2..], out var name, out _))
        {
            return false;
        }

        pattern = new HostPattern(name, sign);
        return true;
    }

    public bool Matches(DnsName host) => _mark is null ? _name == host : host.IsAtOrUnder(_name.Value);

    /// <summary>The pattern as an answer about <paramref name="host"/> shows it: <c>%</c> filled in.</summary>
    public string For(DnsName host) => _mark switch
    {
        null => _name.Value,
        '%' when Matches(host) => host.Value,
        _ => $"{_mark}.{_name}",
    };
}
