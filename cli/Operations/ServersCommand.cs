using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Rke.V1;
using Spectre.Console;

namespace Rke.Cli;

/// <summary><c>rkectl servers</c> lists the key servers of a gateway, and how they respond.</summary>
internal static class ServersCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var network = new Option<uint>("--network") { Description = "The network's number. 0 = all networks." };
        var command = new Command("servers", "List the key servers of a gateway, and how they respond.") { network };
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var response = await gateway.CallAdminAsync(
                parsed,
                (client, options) => client.ListServersAsync(new() { Network = parsed.GetValue(network) }, options),
                cancellationToken);
            if (parsed.GetValue(json))
            {
                new Report().Add("servers", new JsonArray([.. response.Servers.Select(ToJson)])).Write(terminal, json: true);
                return (int)ExitCode.Ok;
            }

            terminal.Out.Write(ToTable(response.Servers));
            foreach (var server in response.Servers.Where(server => server.Problem.Length > 0))
            {
                terminal.Out.Write(SafeText.Styled(server.Problem, Styles.Warning));
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static string ConditionOf(ServerState server) => OperationText.NameOf(server.Condition);

    private static string BreakerOf(ServerState server) => OperationText.NameOf(server.Breaker);

    private static JsonObject ToJson(ServerState server) => new()
    {
        ["network"] = server.Network,
        ["raida_id"] = server.RaidaId,
        ["configured"] = ResponseJson.Of(server.Configured),
        ["address"] = ResponseJson.Of(server.Address),
        ["condition"] = ConditionOf(server),
        ["since"] = ResponseJson.Of(server.Since),
        ["last_response"] = ResponseJson.Of(server.LastResponse),
        ["round_trip"] = ResponseJson.Of(server.RoundTrip),
        ["loss"] = Math.Round(server.Loss, 4),
        ["breaker"] = BreakerOf(server),
        ["in_flight"] = server.InFlight,
        ["refused_coins"] = server.RefusedCoins,
        ["problem"] = server.Problem.Length == 0 ? null : server.Problem,
    };

    private static Grid ToTable(IEnumerable<ServerState> servers)
    {
        var grid = new Grid().Add().Add().Add().Add().Add().Add().Add(gap: 0)
            .AddHeading("server", "address", "condition", "breaker", "round trip", "loss", "refused coins");
        foreach (var server in servers)
        {
            var style = server.Condition is ServerState.Types.Condition.Live or ServerState.Types.Condition.Unknown
                ? Styles.Good
                : Styles.Error;
            grid.AddRow(
                SafeText.Styled($"{server.Network}/{server.RaidaId}"),
                SafeText.Styled($"{ResponseJson.Of(server.Address) ?? ResponseJson.Of(server.Configured)}"),
                SafeText.Styled(ConditionOf(server), style),
                SafeText.Styled(BreakerOf(server)),
                SafeText.Styled(server.RoundTrip is { } time
                    ? string.Create(CultureInfo.InvariantCulture, $"{time.ToTimeSpan().TotalMilliseconds:0.0} ms")
                    : "-"),
                SafeText.Styled(string.Create(CultureInfo.InvariantCulture, $"{server.Loss * 100:0.#}%")),
                SafeText.Styled($"{server.RefusedCoins}"));
        }

        return grid;
    }
}
