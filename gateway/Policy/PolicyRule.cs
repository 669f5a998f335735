using Rke.Gateway.Identity;
using Rke.Wire;

namespace Rke.Gateway.Policy;

/// <summary>What some callers may do.</summary>
/// <param name="Callers">
/// Names, or beginnings of names before a <c>*</c>; <c>*</c> alone is everybody who proved a name, <c>anonymous</c> who did not.
/// </param>
/// <param name="Methods"><c>package.Service/Method</c>, or a beginning before a <c>*</c>.</param>
/// <param name="Networks">Empty = all.</param>
/// <param name="Coins">Empty = all.</param>
internal sealed record PolicyRule(
    IReadOnlyList<string> Callers,
    IReadOnlyList<string> Methods,
    IReadOnlyList<ushort> Networks,
    IReadOnlyList<CoinRange> Coins)
{
    public bool IsFor(CallerIdentity caller, string method) => IsFor(caller) && Methods.Any(pattern => Matches(pattern, method));

    public bool Allows(ushort network) => Networks.Count == 0 || Networks.Contains(network);

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

    // A name that happens to be 'anonymous' is a name; nobody gets what is for the nameless by it.
    private bool IsFor(CallerIdentity caller) => caller.IsKnown
        ? Callers.Any(pattern => pattern != CallerIdentity.Anonymous.Name && Matches(pattern, caller.Name))
        : Callers.Contains(CallerIdentity.Anonymous.Name);

    private static bool Matches(string pattern, string name) => pattern.EndsWith('*')
        ? name.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
        : string.Equals(pattern, name, StringComparison.Ordinal);
}
