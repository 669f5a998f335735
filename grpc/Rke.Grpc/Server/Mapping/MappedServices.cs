using Microsoft.AspNetCore.Http;

namespace Rke.Grpc.Server;

/// <summary>Remembers which services were mapped, to answer for all that were not.</summary>
internal sealed class MappedServices
{
    private readonly HashSet<string> _services = new(StringComparer.Ordinal);
    private bool _ignoresUnknown;

    public void Add(IEnumerable<string> services, bool ignoresUnknown)
    {
        _services.UnionWith(services);
        _ignoresUnknown = ignoresUnknown;
    }

    /// <summary>Whether a path of the form <c>/service/method</c> is ours to refuse, and what of it is known.</summary>
    public bool TryFind(PathString path, out bool isServiceKnown)
    {
        isServiceKnown = false;
        var text = path.Value.AsSpan();
        if (_services.Count == 0 || text.Count('/') != 2)
        {
            return false;
        }

        var service = text[1..text.LastIndexOf('/')];
        isServiceKnown = _services.GetAlternateLookup<ReadOnlySpan<char>>().Contains(service);
        return isServiceKnown || !_ignoresUnknown;
    }
}
