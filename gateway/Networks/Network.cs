using Rke.Gateway.Configuration;
using Rke.Gateway.Lookup;
using Rke.Gateway.State;
using Rke.Wire;

namespace Rke.Gateway.Networks;

/// <summary>A configured network of key servers.</summary>
internal sealed class Network(NetworkSettings settings)
{
    public ushort Id => settings.Id;

    public string? Name => settings.Name;

    public WireProfile Profile => settings.Profile;

    public ResponseIvChoice ResponseIv => settings.ResponseIv;

    public TimeSpan KeyLifetime => settings.KeyLifetime;

    /// <summary>
    /// A coin holds one part a server in the rke profile's key table; the raidax server keeps parts by id
    /// (docs/WIRE.md §9).
    /// </summary>
    public bool PartsOccupyCoins => Profile == WireProfile.Rke;

    /// <summary>The key servers by RAIDA id.</summary>
    public IReadOnlyDictionary<byte, HostEndpoint> Servers => settings.Servers;

    public ServerNumber this[byte raidaId] => new(Id, raidaId);
}
