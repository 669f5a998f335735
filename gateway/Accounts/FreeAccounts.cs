using Rke.Gateway.Admission;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Accounts;

/// <summary>Opens free accounts: one datagram to each key server, and the authenticity number in the clear in the response.</summary>
internal sealed class FreeAccounts(ServerLinks links)
{
    /// <summary>Opens an account at all key servers of a network. Returns the failure of one of them, or null.</summary>
    public async Task<CallFailure?> OpenAsync(Network network, CoinId account, AccountNumbers numbers, CallScope scope)
    {
        var failures = await Task.WhenAll(network.Servers.Keys.Order().Select(raidaId => OpenAsync(network, raidaId, account, numbers, scope)));
        byte[] opened = [.. network.Servers.Keys.Order().Where((_, index) => failures[index] is null)];
        return failures.FirstOrDefault(failure => failure is not null)?.Partly(opened, account);
    }

    private async Task<CallFailure?> OpenAsync(
        Network network, byte raidaId, CoinId account, AccountNumbers numbers, CallScope scope)
    {
        var link = await links.ToServerAsync(network, raidaId, scope);
        using var exchange = await link.SendAsync(
            new FreeAccountPayload(account), encryption: null, ResponseIv.Same, scope.Deadline, scope.Cancellation);
        if (exchange is { Outcome: ExchangeOutcome.Answered or ExchangeOutcome.Hinted, Status: not WireStatus.Success })
        {
            return AccountFailures.Of(exchange.Status, exchange.StatusByte, network[raidaId]);
        }

        if (ExchangeFailures.Of(exchange, WireCommand.FreeAccount, network.Id) is { } failure)
        {
            return failure;
        }

        AccountAnswer.TryRead(WireCommand.FreeAccount, exchange.Payload, out var answer, out _);
        numbers[raidaId] = answer.Number;
        return null;
    }
}
