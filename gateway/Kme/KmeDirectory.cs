using Microsoft.Extensions.Options;
using Rke.Gateway.Identity;
using Rke.Gateway.Networks;

namespace Rke.Gateway.Kme;

/// <summary>The configured SAEs and pairs.</summary>
internal sealed class KmeDirectory
{
    private readonly Dictionary<string, string> _saes;

    public KmeDirectory(IOptions<KmeOptions> options, NetworkDirectory networks)
    {
        _saes = options.Value.Saes.ToDictionary(sae => sae.Identity, sae => sae.Id, StringComparer.Ordinal);
        Pairs = [.. options.Value.Pairs.Select(pair => new KmePair(pair, networks.Default.Id))];
    }

    public IReadOnlyList<KmePair> Pairs { get; }

    /// <summary>The SAE with this identity. Null if there is none.</summary>
    public string? FindSae(CallerIdentity caller) =>
        caller.Kind == CallerKind.Certificate ? _saes.GetValueOrDefault(caller.Name) : null;

    /// <summary>The pair of two SAEs. Null if there is none.</summary>
    public KmePair? Find(string master, string slave) =>
        Pairs.FirstOrDefault(pair => pair.Master == master && pair.Slave == slave);

    /// <summary>The pair whose keys come from the sessions of a peer. Null if there is none.</summary>
    public KmePair? OfPeer(string peer) => Pairs.FirstOrDefault(pair => pair.Peer == peer);
}
