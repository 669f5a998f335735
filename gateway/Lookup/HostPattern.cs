using System.Diagnostics.CodeAnalysis;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Which hosts a section is about: a host, <c>*.example.com</c> (any host of it, and itself), or
/// <c>%.example.com</c> (the host that was asked for, if it is one of those).
/// </summary>
internal sealed record HostPattern
{
    private readonly DnsName name;
    private readonly char? mark;

    private HostPattern(DnsName name, char? mark)
    {
        this.name = name;
        this.mark = mark;
    }

    /// <summary>Is it about one host alone?</summary>
    public bool IsExact => mark != '*';

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

    public bool Matches(DnsName host) => mark is null ? name == host : host.IsAtOrUnder(name.Value);

    /// <summary>The pattern as an answer about <paramref name="host"/> shows it: <c>%</c> filled in.</summary>
    public string For(DnsName host) => mark switch
    {
        null => name.Value,
        '%' when Matches(host) => host.Value,
        _ => $"{mark}.{name}",
    };
}
