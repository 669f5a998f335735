using Microsoft.Extensions.Options;
using Rke.Dns;

namespace Rke.Lookup.Sources;

/// <summary>
/// Selects the source for a name. Only key servers are asked for names under .raida. Only DNS is asked for the names of key servers
/// and of this host. For all other names, <c>Rke:Dns:Via</c> is the source.
/// </summary>
public sealed class RecordSources
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

    /// <summary>The source for a name. Null if no source has records of names like it.</summary>
    public IRecordSource? Find(DnsName name)
    {
        var isFirst = DnsRecordSource.IsLocal(name) || _names.IsKeyServer(name);
        if (name.IsAtOrUnder(NetworkNames.RaidaDomain))
        {
            return isFirst ? null : _raida;
        }

        return isFirst ? _dns : _others;
    }

    /// <summary>Why <see cref="Find"/> returned null.</summary>
    public static string Describe(DnsName name) =>
        $"names under .{name.Value.Split('.')[^1]} are not looked up here";
}
