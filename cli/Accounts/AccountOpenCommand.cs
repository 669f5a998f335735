using System.CommandLine;
using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl account open</c> opens an account at all key servers of a network.</summary>
internal static class AccountOpenCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var free = new Option<bool>("--free")
        {
            Description = "Open a free account. The key servers send the authenticity numbers in the clear.",
        };
        var payWith = new Option<Coin?>("--pay-with")
        {
            Description = "Open a paid account with this coin of the gateway, which the key servers consume.",
            HelpName = "DN/SN",
            CustomParser = OptionParsers.Coin,
        };
        var coin = new Option<Coin?>("--coin")
        {
            Description = "The new coin. Default: denomination 1 and a random serial number.",
            HelpName = "DN/SN",
            CustomParser = OptionParsers.Coin,
        };
        var network = new Option<ushort>("--network")
        {
            Description = "The number of the network. Default: the gateway's default network.",
        };
        var command = new Command(
            "open", "Open an account at all 25 key servers of a network. The gateway writes its key file.") { free, payWith, coin, network };
        command.Validators.Add(result =>
        {
            if (result.GetValue(free) == (result.GetResult(payWith) is not null))
            {
                result.AddError("Give either --free or --pay-with.");
            }
        });
        var gateway = GatewayOptions.AddTo(command, deadline: TimeSpan.FromSeconds(30));
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var response = await gateway.CallAccountAsync(
                parsed,
                (client, options) => client.OpenAccountAsync(
                    new()
                    {
                        Network = parsed.GetValue(network),
                        Kind = parsed.GetValue(free) ? OpenAccountRequest.Types.Kind.Free : OpenAccountRequest.Types.Kind.Paid,
                        Coin = parsed.GetValue(coin),
                        PayingCoin = parsed.GetValue(payWith),
                    },
                    options),
                cancellationToken);
            new Report()
                .Add("network", response.Network)
                .Add("coin", ResponseJson.Of(response.Coin))
                .Add("key_file", response.KeyFile)
                .Add("warnings", new JsonArray([.. response.Warnings.Select(warning => JsonValue.Create(warning))]))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
