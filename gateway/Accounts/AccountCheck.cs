using Rke.Gateway.Admission;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Accounts;

/// <summary>Checks with an encrypted Echo that each key server accepts the authenticity number that it returned.</summary>
internal sealed class AccountCheck(ServerLinks links, INonceSource nonces)
{
    /// <summary>Returns the failure of one key server, or null if all accept the account.</summary>
    public async Task<CallFailure?> RunAsync(Network network, CoinId account, AccountNumbers numbers, CallScope scope)
    {
        var failures = await Task.WhenAll(
            network.Servers.Keys.Order().Select(raidaId => RunAsync(network, raidaId, account, numbers[raidaId], scope)));
        return failures.FirstOrDefault(failure => failure is not null);
    }

    private async Task<CallFailure?> RunAsync(
        Network network, byte raidaId, CoinId account, AuthenticityNumber number, CallScope scope)
    {
        var link = await links.ToServerAsync(network, raidaId, scope);
        using var cipher = new CoinCipher(number);
        var nonce = await nonces.NextAsync(new(network.Id, raidaId, account), scope.Cancellation);
        using var exchange = await link.SendAsync(
            new EchoPayload(), new RequestEncryption(account, cipher, nonce), network.ResponseIv, scope.Deadline, scope.Cancellation);
        return ExchangeFailures.IsCoinRefused(exchange)
            ? AccountFailures.Unusable(network[raidaId], account)
            : ExchangeFailures.Of(exchange, WireCommand.Echo, network.Id);
    }
}
