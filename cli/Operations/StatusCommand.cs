using System.CommandLine;
using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl status</c> shows whether a gateway is ready, its problems, its limits and its recent failures.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var command = new Command("status", "Show whether a gateway is ready, its problems, its limits and its recent failures.");
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var status = await gateway.CallAdminAsync(
                parsed, (client, options) => client.GetStatusAsync(new(), options), cancellationToken);
            new Report()
                .Add("ready", status.Ready)
                .Add("reasons", Lines(status.Reasons))
                .Add("warnings", Lines(status.Warnings))
                .Add("networks", new JsonArray([.. status.Networks.Select(ToJson)]))
                .Add("limits", new JsonArray([.. status.Limits.Select(ToJson)]))
                .Add("failures_of_the_last_15_minutes", new JsonArray([.. status.RecentFailures.Select(ToJson)]))
                .Add("version", status.Version)
                .Add("start_time", ResponseJson.Of(status.StartTime))
                .Write(terminal, parsed.GetValue(json));
            return (int)(status.Ready ? ExitCode.Ok : ExitCode.Unavailable);
        });
        return command;
    }

    private static JsonArray Lines(IEnumerable<string> lines) => new([.. lines.Select(line => JsonValue.Create(line))]);

    private static JsonNode ToJson(NetworkStatus network) => new JsonObject
    {
        ["network"] = network.Network,
        ["profile"] = network.Profile,
        ["live_servers"] = network.LiveServers,
        ["servers"] = network.Servers,
        ["coins"] = network.Coins,
        ["free"] = network.Pairs?.Free,
        ["occupied"] = network.Pairs?.Occupied,
        ["resting"] = network.Pairs?.Resting,
        ["refused"] = network.Pairs?.Refused,
    };

    private static JsonNode ToJson(LimitStatus limit) => new JsonObject
    {
        ["name"] = limit.Name,
        ["used"] = limit.Used,
        ["maximum"] = limit.Maximum,
        ["setting"] = limit.Setting,
    };

    private static JsonNode ToJson(FailureCount failure) => new JsonObject
    {
        ["count"] = failure.Count,
        ["method"] = failure.Method,
        ["reason"] = failure.Reason,
    };
}
