using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Wire;

namespace Rke.Gateway.Policy;

/// <summary>What one call may use: networks and coins. It was allowed to begin.</summary>
internal sealed class Permit(IReadOnlyList<PolicyRule> rules)
{
    /// <summary>Without a policy.</summary>
    public static readonly Permit Everything = new([new PolicyRule([], [], [], [])]);

    public bool Allows(ushort network, CoinId coin)
    {
        foreach (var rule in rules)
        {
            if (rule.Allows(network, coin))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The coins among these that it may use.</summary>
    public IReadOnlyList<CoinId> Among(ushort network, IReadOnlyList<CoinId> coins) =>
        rules.Any(rule => rule.Coins.Count == 0 && rule.Allows(network))
            ? coins
            : [.. coins.Where(coin => Allows(network, coin))];

    /// <summary>Ends the call if it may not use the network, or the coin that it names.</summary>
    public void Require(ushort network, CoinId? coin)
    {
        if (coin is { } named ? !Allows(network, named) : !rules.Any(rule => rule.Allows(network)))
        {
            throw new CallFailure(
                StatusCode.PermissionDenied,
                Reason.NotPermitted,
                coin is null
                    ? $"The policy does not let this caller use network {network}."
                    : $"The policy does not let this caller use that coin of network {network}.")
            {
                Network = network,
            }.ToException();
        }
    }

    public static Permit Of(HttpContext context) => context.Features.Get<Permit>() ?? Everything;
}
