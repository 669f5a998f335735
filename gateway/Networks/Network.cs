using System.Net;
using Rke.Dns;
using Rke.Wire;

namespace Rke.Gateway.Networks;

/// <summary>A configured network of key servers.</summary>
/// <param name="index">The position of the network in <c>Rke:Networks</c>.</param>
internal sealed class Network(NetworkOptions options, int index)
{
    private readonly Dictionary<byte, IPEndPoint> _literals = LiteralsOf(options.Servers);

    public ushort Id => options.Id;

    public string? Name => options.Domain;

    public WireProfile Profile => options.Profile;

    public ResponseIv ResponseIv => options.ResponseIv;

    /// <summary>The configuration key of <see cref="ResponseIv"/>, for error messages.</summary>
    public string ResponseIvKey => $"Rke:Networks:{index}:ResponseIv";

    public TimeSpan KeyLifetime => options.KeyLifetime;

    /// <summary>
    /// Whether an unread part occupies its coin. In the rke profile, a key server stores one part for each coin. A
    /// raidax server stores parts by key id (docs/WIRE.md §9).
    /// </summary>
    public bool PartsOccupyCoins => Profile == WireProfile.Rke;

    /// <summary>The endpoint of a key server whose host is an IP address. Null if it is a name.</summary>
    public IPEndPoint? LiteralOf(byte raidaId) => _literals.GetValueOrDefault(raidaId);

    /// <summary>The key servers by RAIDA id.</summary>
    public IReadOnlyDictionary<byte, HostEndpoint> Servers => options.Servers;

    public ServerId this[byte raidaId] => new(Id, raidaId);

    private static Dictionary<byte, IPEndPoint> LiteralsOf(Dictionary<byte, HostEndpoint> servers)
    {
        var literals = new Dictionary<byte, IPEndPoint>();
        foreach (var (raidaId, endpoint) in servers)
        {
            if (IPAddress.TryParse(endpoint.Host, out var address))
            {
                literals[raidaId] = new(address, endpoint.Port);
            }
        }

        return literals;
    }
}

/// <summary>The id of a key server: the coin id of its network, and its RAIDA id, 0-24.</summary>
internal readonly record struct ServerId(ushort Network, byte RaidaId)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Network}/{RaidaId}";
}
