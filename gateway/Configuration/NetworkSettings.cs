using System.Globalization;
using Rke.Gateway.Dns;
using Rke.Gateway.Lookup;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Networks:n</c>: one network of key servers.</summary>
/// <param name="Id">Coin id, as calls and frames name it.</param>
/// <param name="Name">The domain under which the RAIDA name space knows it, such as cloudcoin.raida; null = unknown.</param>
/// <param name="Profile">The dialect of its servers.</param>
/// <param name="ResponseIv">How its replies are encrypted.</param>
/// <param name="KeyLifetime">How long its servers keep an unread part: so long a coin is taken to be in use.</param>
/// <param name="Servers">By RAIDA id, 0-24.</param>
internal sealed record NetworkSettings(
    ushort Id,
    string? Name,
    WireProfile Profile,
    ResponseIvChoice ResponseIv,
    TimeSpan KeyLifetime,
    IReadOnlyDictionary<byte, HostEndpoint> Servers)
{
    public const ushort CloudCoin = 6;

    /// <summary>The name that network 6 has where nothing else is written.</summary>
    public const string CloudCoinName = "cloudcoin.raida";

    /// <summary>How long this project's key server keeps a part.</summary>
    public static readonly TimeSpan DefaultKeyLifetime = new KeyServerOptions().KeyLife;

    private const int HighestRaidaId = 24;

    public static IReadOnlyList<NetworkSettings> ReadAll(SettingsReader reader)
    {
        var networks = new List<NetworkSettings>();
        foreach (var section in reader.Sections("Networks"))
        {
            var network = Read(section);
            if (networks.Exists(other => other.Id == network.Id))
            {
                section.Reject("Id", $"network {network.Id} stands twice", "give every network its own number");
            }
            else if (network.Name is { } name && networks.Exists(other => other.Name == name))
            {
                section.Reject("Name", $"the name {name} stands twice", "give every network its own name");
            }

            networks.Add(network);
        }

        return networks;
    }

    private static NetworkSettings Read(SettingsReader reader)
    {
        var id = (ushort)(reader.Number("Id", 1, ushort.MaxValue) ?? CloudCoin);
        var network = new NetworkSettings(
            id,
            ReadName(reader) ?? (id == CloudCoin ? CloudCoinName : null),
            reader.Choice<WireProfile>("Profile") ?? WireProfile.Rke,
            reader.Choice<ResponseIvChoice>("ResponseIv") ?? ResponseIvChoice.Auto,
            reader.Time("KeyLifetime", TimeSpan.FromSeconds(1), TimeSpan.FromDays(366)) ?? DefaultKeyLifetime,
            ReadServers(reader.Section("Servers")));
        if (network is { Profile: WireProfile.Rke, ResponseIv: ResponseIvChoice.Continued })
        {
            reader.Reject("ResponseIv", "'continued' is of the raidax profile alone", "write same, or Profile = raidax");
        }

        return network;
    }

    private static string? ReadName(SettingsReader reader)
    {
        if (reader.Text("Name") is not { } text)
        {
            return null;
        }

        if (DnsName.TryParse(text, out var name, out _) && name.Value.EndsWith($".{NetworkNames.RaidaDomain}", StringComparison.Ordinal))
        {
            return name.Value;
        }

        reader.Reject("Name", $"'{text}' cannot be used", $"write a domain under .raida, such as {CloudCoinName}, or nothing");
        return null;
    }

    private static Dictionary<byte, HostEndpoint> ReadServers(SettingsReader reader)
    {
        const string Fix = "write host:port, such as 203.0.113.7:50014, raida14.example.com:50014 or [2001:db8::7]:50014";
        var servers = new Dictionary<byte, HostEndpoint>();
        foreach (var key in reader.Keys())
        {
            var endpoint = reader.Read<HostEndpoint>(key, HostPort.TryParse, Fix);
            if (!byte.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var raidaId)
                || raidaId > HighestRaidaId
                || (key.Length > 1 && key[0] == '0'))
            {
                reader.Reject(
                    key, "is not a RAIDA id", $"write 0 to {HighestRaidaId} without leading zeros behind Servers:");
            }
            else if (endpoint is { } valid)
            {
                servers[raidaId] = valid;
            }
        }

        if (!reader.Keys().Any())
        {
            reader.Reject("0", "the network has no key server", "write Servers:0 = host:port and so on, up to Servers:24");
        }

        return servers;
    }
}
