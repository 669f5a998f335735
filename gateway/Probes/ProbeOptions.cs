using System.ComponentModel.DataAnnotations;
using Rke.Dns;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Probes;

/// <summary>Section <c>Rke:Probes</c>: checks of the configured key servers, before a caller needs them.</summary>
internal sealed record ProbeOptions
{
    /// <summary>Whether the gateway sends probes. Without probes, only calls show whether a key server responds.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The gateway sends an Echo to a key server at the start, and when it has received no response from that server for this time.
    /// </summary>
    [TimeRange("00:00:00.100", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a probe waits for the response. The bridge repeats the datagram meanwhile.</summary>
    [TimeRange("00:00:00.100", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Maximum number of coins that the gateway checks on each key server, with one encrypted Echo for each coin: at the start, when
    /// the key files have new coins, and after each <c>CoinInterval</c>. If there are more coins, the gateway selects them at random.
    /// 0 = no checks.
    /// </summary>
    [Range(0, 100_000)]
    public int MaxCoins { get; set; } = 40;

    /// <summary>How often the gateway checks coins again that a key server has accepted.</summary>
    [TimeRange("00:00:01", "7.00:00:00")]
    public TimeSpan CoinInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The gateway warns if fewer key servers of a network are live, or fewer than all servers of a smaller network. The default
    /// number of parts of a session is 4.
    /// </summary>
    [Range(0, 25)]
    public int MinLiveServers { get; set; } = 4;

    /// <summary>
    /// Domains of this gateway: names in whose records other gateways find it, <c>Domains:0</c> and so on, or one value with commas. The
    /// gateway looks up their records, and those of the domains of <c>Rke:Peers</c>, and warns of records that cannot work.
    /// </summary>
    public List<DnsName> Domains { get; set; } = [];
}
