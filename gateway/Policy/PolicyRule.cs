using Rke.Gateway.Configuration;
using Rke.Gateway.Identity;
using Rke.Wire;

namespace Rke.Gateway.Policy;

/// <summary>A rule of the policy.</summary>
/// <param name="Callers">
/// Names, or prefixes before a <c>*</c>. <c>*</c> alone means every authenticated caller; <c>anonymous</c> means
/// callers without an identity.
/// </param>
/// <param name="Methods"><c>package.Service/Method</c>, or a prefix before a <c>*</c>.</param>
/// <param name="Networks">The allowed networks; empty means all.</param>
/// <param name="Coins">The allowed coins; empty means all.</param>
internal sealed record PolicyRule(
    IReadOnlyList<string> Callers,
    IReadOnlyList<string> Methods,
    IReadOnlyList<ushort> Networks,
    IReadOnlyList<CoinRange> Coins)
{
    /// <summary>The name for sessions that belong to no configured peer.</summary>
    public const string UnknownPeer = "unknown";

    /// <summary>
    /// The peers whose arrived sessions the caller may see and claim: names, or prefixes before a <c>*</c>. <c>*</c> alone means every
    /// configured peer; <c>unknown</c> means sessions of no configured peer. Empty means all.
    /// </summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    public bool IsFor(CallerIdentity caller, string method) => IsFor(caller) && Methods.Any(pattern => Matches(pattern, method));

    public bool Allows(ushort network) => Networks.Count == 0 || Networks.Contains(network);

    /// <summary>Whether the rule allows the sessions of a peer.</summary>
    public bool AllowsPeer(string peer) => Peers.Count == 0
        || Peers.Any(pattern => peer == UnknownPeer ? pattern == UnknownPeer : pattern != UnknownPeer && Matches(pattern, peer));

    public bool Allows(ushort network, CoinId coin)
    {
        if (!Allows(network))
        {
            return false;
        }

        foreach (var range in Coins)
        {
            if (range.Contains(coin))
            {
                return true;
            }
        }

        return Coins.Count == 0;
    }

    // A rule for 'anonymous' never matches an authenticated caller, even one with that name.
    private bool IsFor(CallerIdentity caller) => caller.IsKnown
        ? Callers.Any(pattern => pattern != CallerIdentity.Anonymous.Name && Matches(pattern, caller.Name))
        : Callers.Contains(CallerIdentity.Anonymous.Name);

    private static bool Matches(string pattern, string name) => pattern.EndsWith('*')
        ? name.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
        : string.Equals(pattern, name, StringComparison.Ordinal);
}
