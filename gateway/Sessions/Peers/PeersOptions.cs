using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Gateway.Configuration;
using Rke.Gateway.Policy;
using Rke.Gateway.Probes;

namespace Rke.Gateway.Sessions.Peers;

/// <summary>The option of section <c>Rke</c> with the peers.</summary>
internal sealed record PeersOptions
{
    /// <summary>Initiators of sessions. A session belongs to the first peer that matches.</summary>
    public SectionList<PeerOptions> Peers { get; set; } = [];

    public IEnumerable<string> Problems()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, peer) in Peers.Keyed())
        {
            if (peer.Name.Length == 0)
            {
                yield return $"Peers:{key}:Name: is missing; write a name, such as shop.";
            }
            else if (!names.Add(peer.Name))
            {
                yield return $"Peers:{key}:Name: the name {peer.Name} stands twice; give every peer its own name.";
            }

            if (peer.Coins.Count == 0 && peer.Addresses.Count == 0 && peer.Domain is null)
            {
                yield return $"Peers:{key}: has no coins, addresses or domain, so every session would match; write at least one of them.";
            }
        }
    }
}

/// <summary>Section <c>Rke:Peers:n</c>: one initiator of sessions. A session matches if all configured conditions hold.</summary>
internal sealed record PeerOptions
{
    /// <summary>
    /// Name of the peer in sessions and in the policy: 1 to 64 letters, digits, dots, dashes and underscores. Not <c>unknown</c>
    /// </summary>
    [PeerName]
    public string Name { get; set; } = "";

    /// <summary>Network of <c>Coins</c>. None = the default network</summary>
    [Range(1, ushort.MaxValue)]
    public ushort? Network { get; set; }

    /// <summary>
    /// Coins of the peer: serial numbers and ranges (<c>1500</c>, <c>1000-1999</c>, <c>0/1000-1999</c> for one denomination),
    /// <c>Coins:0</c>, <c>Coins:1</c> and so on, or one value with commas. All used parts must have been posted under these coins, on
    /// configured key servers of the rke profile. This is the only condition that an initiator proves
    /// (<see href="SESSIONS.md#whose-session-it-is">SESSIONS.md</see>).
    /// </summary>
    public List<CoinRange> Coins { get; set; } = [];

    /// <summary>
    /// Addresses and ranges (CIDR) of the peer. The source address of the Signal must be one of them, or an address of <c>Domain</c>. The
    /// sender of a UDP datagram can forge its source address.
    /// </summary>
    public List<IPNetwork> Addresses { get; set; } = [];

    /// <summary>
    /// Domain of the peer. The source address of the Signal must be an address of the domain or of a signalling service in its records,
    /// or one of <c>Addresses</c>.
    /// </summary>
    public DnsName? Domain { get; set; }

    public bool HasAddresses => Addresses.Count > 0 || Domain is not null;
}

/// <summary>The domains of the peers, for the checks of their records.</summary>
internal sealed class PeerDomains(IOptionsMonitor<PeersOptions> options) : IProbedDomains
{
    public IEnumerable<string> Domains => options.CurrentValue.Peers.Select(peer => peer.Domain?.Value).OfType<string>();
}

/// <summary>The name of a peer.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PeerNameAttribute() : ValidationAttribute(
    $"write 1 to {MaxLength} letters, digits, dots, dashes and underscores, but not {PolicyRule.UnknownPeer}")
{
    private const int MaxLength = 64;

    public override bool IsValid(object? value) => value is string { Length: > 0 and <= MaxLength } name
        && name != PolicyRule.UnknownPeer
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}
