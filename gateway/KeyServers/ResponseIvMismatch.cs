using Grpc.Core;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.KeyServers;

/// <summary>
/// Replies that the gateway decrypts from the wrong counter, because the setting <c>ResponseIv</c> of the network does
/// not match the key server (docs/WIRE.md §6). The protocol has no checksum over a reply, so only its content can show
/// this.
/// </summary>
internal static class ResponseIvMismatch
{
    // The denominations of CloudCoin, as powers of ten.
    private const int MinDenomination = -8;
    private const int MaxDenomination = 6;

    /// <summary>
    /// Whether the sender in a GetKey reply cannot be real. From the wrong counter, the sender is five random bytes.
    /// Coins of other gateways are unknown here, so an unknown coin is not enough.
    /// </summary>
    public static bool IsIn(Network network, CoinId sender, NetworkCoins coins) =>
        network.Profile == WireProfile.Raidax
        && sender.Denomination is < MinDenomination or > MaxDenomination
        && coins.Find(sender) is null;

    public static CallFailure FailureOf(Network network, Exchange exchange) => new(
        StatusCode.Internal,
        Reason.RaidaFailed,
        $"Key server {exchange.RaidaId} of network {network.Id} sent a reply that does not match ResponseIv = "
        + $"{NameOf(network.ResponseIv)}. Set {network.ResponseIvKey} to {NameOf(Other(network.ResponseIv))}.")
    {
        Network = network.Id,
        RaidaId = exchange.RaidaId,
        RaidaStatus = exchange.StatusByte,
        Attempts = exchange.Attempts,
    };

    /// <summary>
    /// What to check when the replies to a name lookup are unreadable or contradict each other; empty for rke.
    /// </summary>
    public static string HintFor(Network network) => network.Profile == WireProfile.Raidax
        ? $". If all lookups fail, set {network.ResponseIvKey} to {NameOf(Other(network.ResponseIv))}"
        : "";

    private static ResponseIv Other(ResponseIv iv) => iv == ResponseIv.Same ? ResponseIv.Continued : ResponseIv.Same;

    private static string NameOf(ResponseIv iv) => iv == ResponseIv.Same ? "same" : "continued";
}
