namespace Rke.Grpc.Server;

/// <summary>Remembers what was mapped: the endpoints that answer for all that is unknown are mapped once.</summary>
internal sealed class MappedServices
{
    private readonly HashSet<string> _services = new(StringComparer.Ordinal);
    private bool _isUnknownMapped;

    public bool TryAddService(string name) => _services.Add(name);

    public bool TryAddUnknown()
    {
        var added = !_isUnknownMapped;
        _isUnknownMapped = true;
        return added;
    }
}
