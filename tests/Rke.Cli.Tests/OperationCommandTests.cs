namespace Rke.Cli.Tests;

/// <summary>status, servers and coins against a gateway with embedded key servers.</summary>
public class OperationCommandTests
{
    [Fact]
    public async Task Status_servers_and_coins_show_the_state_of_a_gateway()
    {
        await using var gateway = await LocalGateway.StartAsync();
        var status = (await RunAsync(gateway, "status", "--json")).Expect(0).OutJson;
        Assert.True(status["ready"]!.GetValue<bool>());
        Assert.Equal(25, status["networks"]![0]!["servers"]!.GetValue<int>());
        Assert.Contains("ready", (await RunAsync(gateway, "status")).Expect(0).Out, StringComparison.Ordinal);

        var servers = (await RunAsync(gateway, "servers", "--json")).Expect(0).OutJson["servers"]!;
        Assert.Equal(Enumerable.Range(0, 25), servers.AsArray().Select(server => server!["raida_id"]!.GetValue<int>()));
        await Eventually.IsTrueAsync(async () => (await RunAsync(gateway, "servers")).Expect(0).Out
            .Split('\n').Count(line => line.Contains(" live ", StringComparison.Ordinal)) == 25);

        var coins = (await RunAsync(gateway, "coins", "--limit", "3", "--json")).Expect(0).OutJson;
        Assert.Equal(3, coins["coins"]!.AsArray().Count);
        Assert.Equal(25, coins["coins"]![0]!["free"]!.AsArray().Count);
        var table = (await RunAsync(gateway, "coins", "--limit", "3")).Expect(0).Out;
        Assert.Contains("0-24", table, StringComparison.Ordinal);
        Assert.Contains($"3 of {coins["total"]!.GetValue<int>()} coins. Use --limit for more.", table, StringComparison.Ordinal);
        var refused = (await RunAsync(gateway, "coins", "--refused", "--json")).Expect(0).OutJson;
        Assert.Empty(refused["coins"]!.AsArray());
    }

    [Fact]
    public async Task A_gateway_without_the_service_is_explained()
    {
        await using var server = await GatewayServer.StartAsync(hasAdmin: false);
        var run = await server.RunAsync("status");
        Assert.Contains("Rke:Admin:Enabled", run.Expect(1).Error, StringComparison.Ordinal);
    }

    private static Task<RkectlRun> RunAsync(LocalGateway gateway, params string[] arguments) =>
        Rkectl.RunAsync("", [("RKE_GATEWAY", gateway.Address)], arguments);
}
