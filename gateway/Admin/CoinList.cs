using System.Globalization;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Admin;

/// <summary>ListCoins: the coins of a network, and the key servers where each is free, occupied, resting or refused.</summary>
internal sealed class CoinList(
    NetworkDirectory networks,
    CoinStore coinStore,
    RefusedCoins refusedCoins,
    ICoinCounter counter,
    IOptionsMonitor<CoinLimitOptions> limit)
{
    private const int DefaultPage = 25;
    private const int MaxPage = 100;

    public async Task<ListCoinsResponse> FindAsync(ListCoinsRequest request, CallScope scope)
    {
        var bad = new BadFields();
        var network = bad.CheckNetwork(networks, request.Network);
        bad.Check(request.PageSize <= MaxPage, "page_size", $"must be 0 to {MaxPage}");
        var first = 0;
        bad.Check(
            request.PageToken.Length == 0
                || (int.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out first) && first >= 0),
            "page_token",
            "must be empty, or the next_page_token of the previous page");
        bad.ThrowIfAny();
        scope.Permit.Require(network!.Id, coin: null);
        var coins = coinStore.Of(network.Id).Permitted(network.Id, scope.Permit);
        var refused = network.Servers.Keys.Order().ToDictionary(raidaId => raidaId, raidaId => refusedCoins.Of(network[raidaId]));
        if (request.RefusedOnly)
        {
            var all = refused.Values.SelectMany(list => list).ToHashSet();
            coins = [.. coins.Where(all.Contains)];
        }

        var size = request.PageSize == 0 ? DefaultPage : (int)request.PageSize;
        var page = coins.Skip(first).Take(size).ToArray();
        var response = new ListCoinsResponse { TotalSize = (uint)coins.Count };
        response.Coins.AddRange(await Task.WhenAll(page.Select(coin => StateOfAsync(network, coin, refused, scope.Cancellation))));
        if (first + page.Length < coins.Count)
        {
            response.NextPageToken = (first + page.Length).ToString(CultureInfo.InvariantCulture);
        }

        return response;
    }

    private async Task<CoinState> StateOfAsync(
        Network network, CoinId coin, Dictionary<byte, IReadOnlyList<CoinId>> refused, CancellationToken cancellationToken)
    {
        var state = new CoinState { Network = network.Id, Coin = coin.ToMessage() };
        var counts = refused.Keys.Select(async raidaId => (RaidaId: raidaId, Counts: refused[raidaId].Contains(coin)
            ? null
            : await counter.CountAsync(network[raidaId], [coin], limit.CurrentValue.ToLimit(), cancellationToken)));
        foreach (var (raidaId, count) in await Task.WhenAll(counts))
        {
            var list = refused[raidaId].Contains(coin) ? state.Refused
                : count is not { } found ? state.Unknown
                : found.Occupied > 0 ? state.Occupied
                : found.InCooldown > 0 ? state.Resting
                : state.Free;
            list.Add(raidaId);
        }

        return state;
    }
}
