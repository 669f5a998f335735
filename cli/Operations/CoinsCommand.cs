using System.CommandLine;
using System.Text.Json.Nodes;
using Google.Protobuf.Collections;
using Rke.V1;
using Spectre.Console;

namespace Rke.Cli;

/// <summary><c>rkectl coins</c> lists the coins of a gateway, and the key servers where each is free.</summary>
internal static class CoinsCommand
{
    private const uint PageSize = 100;

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var network =
            new Option<uint>("--network") { Description = "The network's number. 0 = the gateway's default network." };
        var refused = new Option<bool>("--refused") { Description = "Only coins that a key server refuses." };
        var limit = new Option<int>("--limit")
        {
            Description = "The maximum number of coins.",
            DefaultValueFactory = _ => 25,
        };
        var command = new Command("coins", "List the coins of a gateway, and the key servers where each is free, occupied or refused.")
        {
            network, refused, limit,
        };
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var coins = new List<CoinState>();
            var request = new ListCoinsRequest { Network = parsed.GetValue(network), RefusedOnly = parsed.GetValue(refused) };
            ListCoinsResponse page;
            do
            {
                request.PageSize = (uint)Math.Clamp(parsed.GetValue(limit) - coins.Count, 1, PageSize);
                page = await gateway.CallAdminAsync(
                    parsed, (client, options) => client.ListCoinsAsync(request, options), cancellationToken);
                coins.AddRange(page.Coins);
                request.PageToken = page.NextPageToken;
            }
            while (request.PageToken.Length > 0 && coins.Count < parsed.GetValue(limit));

            if (parsed.GetValue(json))
            {
                new Report()
                    .Add("coins", new JsonArray([.. coins.Select(ToJson)]))
                    .Add("total", page.TotalSize)
                    .Write(terminal, json: true);
                return (int)ExitCode.Ok;
            }

            terminal.Out.Write(ToTable(coins));
            if (coins.Count < page.TotalSize)
            {
                terminal.Out.Write(SafeText.Styled($"{coins.Count} of {page.TotalSize} coins. Use --limit for more.", Styles.Advice));
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static JsonObject ToJson(CoinState coin) => new()
    {
        ["network"] = coin.Network,
        ["coin"] = ResponseJson.Of(coin.Coin),
        ["free"] = ResponseJson.Of(coin.Free),
        ["occupied"] = ResponseJson.Of(coin.Occupied),
        ["resting"] = ResponseJson.Of(coin.Resting),
        ["refused"] = ResponseJson.Of(coin.Refused),
        ["unknown"] = ResponseJson.Of(coin.Unknown),
    };

    private static Grid ToTable(IEnumerable<CoinState> coins)
    {
        var grid = new Grid().Add().Add().Add().Add().Add().Add(gap: 0)
            .AddHeading("network", "coin", "free", "occupied", "resting", "refused");
        foreach (var coin in coins)
        {
            grid.AddRow(
                SafeText.Styled($"{coin.Network}"),
                SafeText.Styled($"{ResponseJson.Of(coin.Coin)}"),
                SafeText.Styled(RangesOf(coin.Free), Styles.Good),
                SafeText.Styled(RangesOf(coin.Occupied)),
                SafeText.Styled(RangesOf(coin.Resting), Styles.Warning),
                SafeText.Styled(RangesOf(coin.Refused), Styles.Error));
        }

        return grid;
    }

    // 0, 1, 2, 7 as "0-2, 7".
    private static string RangesOf(RepeatedField<uint> servers)
    {
        var ranges = new List<string>();
        for (var index = 0; index < servers.Count; index++)
        {
            var first = servers[index];
            while (index + 1 < servers.Count && servers[index + 1] == servers[index] + 1)
            {
                index++;
            }

            ranges.Add(servers[index] == first ? $"{first}" : $"{first}-{servers[index]}");
        }

        return ranges.Count == 0 ? "-" : string.Join(", ", ranges);
    }
}
