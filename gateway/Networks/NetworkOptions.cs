using Rke.Dns;
using Rke.Gateway.Configuration;
using Rke.Lookup.Sources;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Gateway.Networks;

/// <summary>The option of section <c>Rke</c> with the networks.</summary>
internal sealed record NetworksOptions
{
    /// <summary>The first network is the default. None = the embedded network</summary>
    public SectionList<NetworkOptions> Networks { get; set; } = [];

    public IEnumerable<string> Problems()
    {
        var earlier = new List<NetworkOptions>();
        foreach (var (key, network) in Networks.Keyed())
        {
            if (earlier.Exists(other => other.Id == network.Id))
            {
                yield return $"Networks:{key}:Id: network {network.Id} stands twice; give every network its own number.";
            }
            else if (network.Domain is { } domain && earlier.Exists(other => other.Domain == domain))
            {
                yield return $"Networks:{key}:Name: the name {domain} stands twice; give every network its own name.";
            }

            foreach (var problem in network.Problems())
            {
                yield return $"Networks:{key}:{problem}";
            }

            earlier.Add(network);
        }
    }
}

/// <summary>Section <c>Rke:Networks:n</c>: one network of key servers.</summary>
internal sealed record NetworkOptions
{
    public const ushort CloudCoin = 6;

    /// <summary>The domain of network 6.</summary>
    public const string CloudCoinDomain = "cloudcoin.raida";

    /// <summary>Coin id, 1-65535. 6 is CloudCoin.</summary>
    [System.ComponentModel.DataAnnotations.Range(1, ushort.MaxValue)]
    public ushort Id { get; set; } = CloudCoin;

    /// <summary>
    /// Domain of the network in the RAIDA name space. Lookups of this domain and its subdomains go to the key servers of the
    /// network. The network's number is a membership of these domains.
    /// </summary>
    /// <value><c>cloudcoin.raida</c> for network 6, else none</value>
    public DnsName? Name { get; set; }

    /// <summary>
    /// Protocol profile of the key servers: <c>rke</c> or <c>raidax</c>
    /// (<see href="WIRE.md#1-two-profiles">WIRE.md §1</see>)
    /// </summary>
    public WireProfile Profile { get; set; } = WireProfile.Rke;

    /// <summary>
    /// Start of the keystream of responses (<see href="WIRE.md#6-commands-of-the-raidax-profile">WIRE.md §6</see>):
    /// <c>same</c>, or <c>continued</c> (only raidax) for key servers on Intel hosts with AES-NI. If GetKey returns RAIDA_FAILED
    /// with a message that names this key, set it to the other value.
    /// </summary>
    public ResponseIv ResponseIv { get; set; } = ResponseIv.Same;

    /// <summary>
    /// How long the key servers keep an unread part. The gateway treats the coin of a post as in use for this time, and
    /// computes <c>expire_time</c> from it. Set it to the value of your key servers. A shorter value lets a post overwrite an
    /// unread part. A longer value makes <c>expire_time</c> too late and keeps coins occupied for longer. The default is the
    /// default of the key server in this project (<c>--key-life</c>).
    /// </summary>
    [TimeRange("00:00:01", "366.00:00:00")]
    public TimeSpan KeyLifetime { get; set; } = new KeyServerOptions().KeyLifetime;

    /// <summary>
    /// Address of key server 14 as <c>host:port</c>. Write one for each server of 0-24 that exists. The gateway resolves host
    /// names, also short ones (<c>search</c> and <c>ndots</c> of resolv.conf), and follows changes of their addresses.
    /// </summary>
    /// <value></value>
    [NotEmpty("the network has no key server; write Servers:0 = host:port and so on, up to Servers:24")]
    public Dictionary<byte, HostEndpoint> Servers { get; set; } = [];

    /// <summary>The domain: the configured name, or the default of network 6.</summary>
    public string? Domain => Name?.Value ?? (Id == CloudCoin ? CloudCoinDomain : null);

    public IEnumerable<string> Problems()
    {
        if (Name is { } name && !name.Value.EndsWith($".{NetworkNames.RaidaDomain}", StringComparison.Ordinal))
        {
            yield return $"Name is '{name.Value}': write a domain below .raida, such as {CloudCoinDomain}, or nothing.";
        }

        if (Profile == WireProfile.Rke && ResponseIv == ResponseIv.Continued)
        {
            yield return "ResponseIv: 'continued' exists only in the raidax profile; write same, or Profile = raidax.";
        }
    }
}
