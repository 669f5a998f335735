using System.Buffers.Binary;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Accounts;

/// <summary>
/// OpenAccount: opens an account at all key servers, checks it, and writes its key file (docs/ACCOUNTS.md). All 25 authenticity numbers are
/// usable, or there is no file.
/// </summary>
internal sealed class OpenAccountCall(
    NetworkDirectory networks,
    CoinStore coinStore,
    FreeAccounts freeAccounts,
    PaidAccounts paidAccounts,
    AccountCheck check,
    AccountFile file,
    IEntropySource entropy,
    ILogger<OpenAccountCall> logger)
{
    private const sbyte DefaultDenomination = 1;

    // A random serial number is in use with a small probability.
    private const int MaxSerialNumbers = 3;

    public async Task<OpenAccountResponse> RunAsync(OpenAccountRequest request, CallScope scope)
    {
        var (network, proposed, paying) = Parse(request);
        for (var attempt = 1; ; attempt++)
        {
            var account = proposed ?? ChooseAccount();
            scope.Permit.Require(network.Id, account);
            try
            {
                return await OpenAsync(network, account, paying, scope);
            }
            catch (RpcException exception) when (proposed is null && attempt < MaxSerialNumbers
                && CallFailure.ReasonOf(exception) == Reason.AccountInUse)
            {
                // Try another number.
            }
        }
    }

    private (Network Network, CoinId? Proposed, CoinId? Paying) Parse(OpenAccountRequest request)
    {
        var bad = new BadFields();
        var network = bad.CheckNetwork(networks, request.Network);
        var proposed = CheckCoin(bad, request.Coin, "coin");
        var paying = CheckCoin(bad, request.PayingCoin, "paying_coin");
        bad.Check(
            request.Kind is OpenAccountRequest.Types.Kind.Free or OpenAccountRequest.Types.Kind.Paid,
            "kind",
            "must be KIND_FREE or KIND_PAID");
        bad.Check(
            request.Kind != OpenAccountRequest.Types.Kind.Paid || request.PayingCoin is not null,
            "paying_coin",
            "must be given for KIND_PAID");
        bad.Check(
            request.Kind != OpenAccountRequest.Types.Kind.Free || request.PayingCoin is null,
            "paying_coin",
            "must be absent for KIND_FREE");
        bad.Check(
            network is null or { Profile: WireProfile.Rke, Servers.Count: RaidaNetwork.ServerCount },
            "network",
            $"must have the rke profile and all {RaidaNetwork.ServerCount} key servers: an account needs all of them");
        bad.ThrowIfAny();
        return (network!, proposed, paying);
    }

    private static CoinId? CheckCoin(BadFields bad, Coin? coin, string path) =>
        coin is not null && bad.Check(
            coin.Denomination is >= sbyte.MinValue and <= sbyte.MaxValue, $"{path}.denomination", "must be -128 to 127")
            ? new CoinId((sbyte)coin.Denomination, coin.SerialNumber)
            : null;

    private async Task<OpenAccountResponse> OpenAsync(Network network, CoinId account, CoinId? paying, CallScope scope)
    {
        using var draft = file.Create(network.Id, account);
        using var numbers = new AccountNumbers();
        var failure = paying is { } coin
            ? await PayAsync(network, account, coin, numbers, scope)
            : await freeAccounts.OpenAsync(network, account, numbers, scope);
        failure ??= await check.RunAsync(network, account, numbers, scope);
        if (failure is not null)
        {
            throw failure.ToException();
        }

        using var keys = numbers.ToKeys(account);
        var path = draft.Complete(network.Id, keys);
        Log.AccountOpened(logger, account, network.Id, path);
        return Describe(network, account, paying, path);
    }

    private async Task<CallFailure?> PayAsync(
        Network network, CoinId account, CoinId paying, AccountNumbers numbers, CallScope scope)
    {
        scope.Permit.Require(network.Id, paying);
        using var lease = coinStore.TryLease(network.Id, paying) ?? throw new CallFailure(
            StatusCode.FailedPrecondition, Reason.CoinUnknown, "The gateway does not have the coin that pays.")
        {
            Network = network.Id,
        }.ToException();
        return await paidAccounts.OpenAsync(network, account, lease.Coin, numbers, scope);
    }

    private OpenAccountResponse Describe(Network network, CoinId account, CoinId? paying, string path)
    {
        var response = new OpenAccountResponse { Network = network.Id, Coin = account.ToMessage(), KeyFile = path };
        if (paying is { } coin)
        {
            response.Warnings.Add($"The coin {coin} has paid, and no key server accepts it any more. Remove it from its key file.");
        }
        else
        {
            Log.SentInTheClear(logger, account, network.Id);
            response.Warnings.Add(
                "The key servers sent the authenticity numbers in the clear. Everyone between the gateway and a key server can read "
                + "them. Use free accounts only in networks that you trust.");
        }

        return response;
    }

    private CoinId ChooseAccount()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        entropy.Fill(bytes);
        return new(DefaultDenomination, Math.Max(1, BinaryPrimitives.ReadUInt32BigEndian(bytes)));
    }
}
