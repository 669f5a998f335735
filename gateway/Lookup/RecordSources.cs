using Microsoft.Extensions.Options;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Who is asked about a name. Names under .raida are the RAIDA servers' alone, and nobody's business on the Internet;
/// the key servers' own names, and this host's, are DNS's whatever is configured; all others go where
/// <c>Rke:Dns:Via</c> says.
/// </summary>
internal sealed class RecordSources
{
    private readonly IRecordSource? _dns;
    private readonly IRecordSource? _raida;
    private readonly IRecordSource? _others;
    private readonly NetworkNames _names;

    public RecordSources(IEnumerable<IRecordSource> sources, NetworkNames names, IOptions<DnsOptions> options)
    {
        foreach (var source in sources)
        {
            _dns = source.Kind == LookupSource.Dns ? source : _dns;
            _raida = source.Kind == LookupSource.Raida ? source : _raida;
        }

        _names = names;
        _others = options.Value.Via.ToLowerInvariant() switch
        {
            DnsVia.Raida => _raida,
            DnsVia.Both when _dns is not null && _raida is not null => new BothRecordSource(_dns, _raida),
            _ => _dns,
        };
    }

    /// <summary>Null when nobody here has records of such a name.</summary>
    public IRecordSource? Find(DnsName name)
    {
        var isFirst = DnsRecordSource.IsLocal(name) || _names.IsKeyServer(name);
        if (name.IsAtOrUnder(NetworkNames.RaidaDomain))
        {
            return isFirst ? null : _raida;
        }

        return isFirst ? _dns : _others;
    }

    /// <summary>Why <see cref="Find"/> found nobody.</summary>
    public static string Describe(DnsName name) =>
        $"names under .{name.Value.Split('.')[^1]} are not looked up here";
}
