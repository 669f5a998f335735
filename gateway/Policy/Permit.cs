using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Wire;

namespace Rke.Gateway.Policy;

/// <summary>The networks, coins and sessions that an allowed call may use. Permits with the same rules are equal.</summary>
internal sealed class Permit(IReadOnlyList<PolicyRule> rules) : IEquatable<Permit>
{
    private readonly PolicyRule[] _rules = [.. rules];
    private readonly int _hash = rules.Aggregate(0, HashCode.Combine);

    /// <summary>The permit if no policy is configured.</summary>
    public static readonly Permit Everything = new([new PolicyRule([], [], [], [])]);

    /// <summary>Whether the call may use the coins that a feature has for itself. Only that feature has such a permit.</summary>
    public bool UsesReservedCoins { get; init; }

    public bool Allows(ushort network, CoinId coin)
    {
        foreach (var rule in _rules)
        {
            if (rule.Allows(network, coin))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the call may use the network, at least with some coins.</summary>
    public bool Allows(ushort network)
    {
        foreach (var rule in _rules)
        {
            if (rule.Allows(network))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the call may see the arrived sessions of a peer.</summary>
    public bool AllowsPeer(string peer)
    {
        foreach (var rule in _rules)
        {
            if (rule.AllowsPeer(peer))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Those of the coins that the call may use.</summary>
    public IReadOnlyList<CoinId> Among(ushort network, IReadOnlyList<CoinId> coins) =>
        _rules.Any(rule => rule.Coins.Count == 0 && rule.Allows(network))
            ? coins
            : [.. coins.Where(coin => Allows(network, coin))];

    /// <summary>Fails the call if it may not use the network, or the coin that it names.</summary>
    public void Require(ushort network, CoinId? coin)
    {
        if (coin is { } named ? !Allows(network, named) : !Allows(network))
        {
            throw new CallFailure(
                StatusCode.PermissionDenied,
                Reason.NotPermitted,
                coin is null
                    ? $"The policy does not let this caller use network {network}."
                    : $"The policy does not let this caller use coin {coin} of network {network}.")
            {
                Network = network,
            }.ToException();
        }
    }

    public bool Equals(Permit? other) => ReferenceEquals(this, other) || (other is not null
        && UsesReservedCoins == other.UsesReservedCoins && _rules.SequenceEqual(other._rules));

    public override bool Equals(object? obj) => Equals(obj as Permit);

    public override int GetHashCode() => _hash;

    public static Permit Of(HttpContext context) => context.Features.Get<Permit>() ?? Everything;
}
