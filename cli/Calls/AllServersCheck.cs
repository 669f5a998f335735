using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Rke.Wire;
using Spectre.Console;

namespace Rke.Cli;

/// <summary><c>rkectl check --all</c> posts a key part to each key server of a network, gets it back and compares.</summary>
internal sealed class AllServersCheck(GatewayOptions gateway, ParseResult parsed, uint network)
{
    private const int MaxAtOnce = 8;

    public async Task<ExitCode> RunAsync(Terminal terminal, bool json, CancellationToken cancellationToken)
    {
        var (network, servers) = await FindServersAsync(cancellationToken);
        var results = new ServerCheck[servers.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, servers.Count),
            new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = cancellationToken },
            async (index, stop) => results[index] = await CheckAsync(network, servers[index], stop));
        Write(terminal, json, results);
        return results.Length > 0 && results.All(result => result.Failure is null) ? ExitCode.Ok : ExitCode.Found;
    }

    // Without the admin service, the gateway refuses the numbers of servers that it does not have.
    private async Task<(uint Network, IReadOnlyList<uint> Servers)> FindServersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var found = await gateway.CallAdminAsync(
                parsed, (client, options) => client.ListServersAsync(new() { Network = network }, options), cancellationToken);
            var id = found.Servers.DistinctBy(server => server.Network).Count() < 2
                ? found.Servers.FirstOrDefault()?.Network ?? network
                : await FindDefaultNetworkAsync(cancellationToken);
            return (id, [.. found.Servers.Where(server => server.Network == id).Select(server => server.RaidaId)]);
        }
        catch (FailureException exception) when (exception.Failure.ExitCode is ExitCode.Unexpected or ExitCode.Refused)
        {
            return (network, [.. Enumerable.Range(0, RaidaNetwork.ServerCount).Select(raidaId => (uint)raidaId)]);
        }
    }

    // The networks of GetStatus have the order of the configuration, and the first one is the default. The policy can hide it.
    private async Task<uint> FindDefaultNetworkAsync(CancellationToken cancellationToken)
    {
        var status = await gateway.CallAdminAsync(parsed, (client, options) => client.GetStatusAsync(new(), options), cancellationToken);
        return status.Networks.FirstOrDefault()?.Network ?? network;
    }

    private async Task<ServerCheck> CheckAsync(uint network, uint raidaId, CancellationToken cancellationToken)
    {
        try
        {
            var (posted, time) = await CheckCommand.RunAsync(gateway, parsed, network, raidaId, cancellationToken);
            return new(raidaId, $"{ResponseJson.Of(posted.Server)}", time, null);
        }
        catch (FailureException exception)
        {
            return new(raidaId, null, null, exception.Failure);
        }
    }

    private static void Write(Terminal terminal, bool json, ServerCheck[] results)
    {
        var failed = results.Count(result => result.Failure is not null);
        if (json)
        {
            new Report()
                .Add("ok", results.Length > 0 && failed == 0)
                .Add("servers", new JsonArray([.. results.Select(ToJson)]))
                .Write(terminal, json: true);
            return;
        }

        var grid = new Grid().Add().Add().Add().Add(gap: 0, wraps: true).AddHeading("server", "address", "time", "result");
        foreach (var result in results)
        {
            grid.AddRow(
                new Text($"{result.RaidaId}"),
                SafeText.Styled(result.Address ?? "-"),
                new Text(result.Time is { } time ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms") : "-"),
                result.Failure is { } failure
                    ? SafeText.Styled(failure.Reason is null ? failure.Message : $"{failure.Message} [{failure.Reason}]", Styles.Error)
                    : new Text("ok", Styles.Good));
        }

        terminal.Out.Write(grid);
        terminal.Out.Write(results.Length == 0 ? new Text("There is no key server that this caller may use.", Styles.Error)
            : failed == 0 ? new Text($"All {results.Length} key servers work.", Styles.Good)
            : new Text($"{failed} of {results.Length} key servers fail.", Styles.Error));
    }

    private static JsonObject ToJson(ServerCheck result) => new()
    {
        ["raida_id"] = result.RaidaId,
        ["server"] = result.Address,
        ["ok"] = result.Failure is null,
        ["seconds"] = result.Time is { } time ? Math.Round(time.TotalSeconds, 3) : null,
        ["reason"] = result.Failure?.Reason,
        ["message"] = result.Failure?.Message,
        ["advice"] = result.Failure?.Advice,
    };

    private sealed record ServerCheck(uint RaidaId, string? Address, TimeSpan? Time, Failure? Failure);
}
