using System.Net;
using Rke.Raida.Coins;
using Rke.Raida.Names;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Gateway.Tests.Fixtures;

/// <summary>Real key servers with different zones, and the settings of a gateway for them.</summary>
internal sealed class NameServers : IAsyncDisposable
{
    private readonly List<KeyServerHost> _hosts = [];
    private readonly NetworkCoins _known = new();
    private readonly TestNetwork _network;
    private readonly WireProfile _profile;
    private readonly ResponseIv _responseIv;

    private NameServers(WireProfile profile, ResponseIv responseIv)
    {
        (_profile, _responseIv) = (profile, responseIv);
        var coin = TestNetwork.MakeCoin(1000);
        _network = TestNetwork.WithoutServers(coin);
        _known.Add(coin);
        Settings = _network.Settings(profile.ToString());
        Settings["Rke:Dns:FirstWait"] = "00:00:00.200";
        Settings["Rke:Dns:MinimumTtl"] = "00:00:00";
        Settings["Rke:Dns:FailurePause"] = "00:00:00";
    }

    public Dictionary<string, string?> Settings { get; }

    /// <summary>Servers 0, 1, 2 ..., each with the zone of the same index.</summary>
    public static async Task<NameServers> StartAsync(
        IEnumerable<string> zones, WireProfile profile = WireProfile.Rke, ResponseIv responseIv = ResponseIv.Same)
    {
        var servers = new NameServers(profile, responseIv);
        byte number = 0;
        foreach (var zone in zones)
        {
            await servers.AddAsync(number++, zone);
        }

        return servers;
    }

    /// <summary>Replaces the address of a server.</summary>
    public void Put(byte raidaId, IPEndPoint endPoint) =>
        Settings[$"Rke:Networks:0:Servers:{raidaId}"] = endPoint.ToString();

    /// <summary>Stops all servers.</summary>
    public async Task StopAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        _hosts.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _network.DisposeAsync();
    }

    private async Task AddAsync(byte raidaId, string text)
    {
        Assert.True(Zone.TryParse(text, out var zone, out var error), error.ToString());
        var host = await KeyServerHost.StartAsync(
            new KeyServerOptions
            {
                Profile = _profile,
                ResponseIv = _responseIv,
                RaidaIds = [raidaId],
                Zone = zone,
                ReceiveThreads = 1,
            },
            _known);
        _hosts.Add(host);
        Put(raidaId, host.EndPoints[raidaId]);
    }
}
