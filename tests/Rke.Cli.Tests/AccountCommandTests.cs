namespace Rke.Cli.Tests;

/// <summary>account open against a gateway and 25 real key servers.</summary>
public class AccountCommandTests
{
    [Fact]
    public async Task Opens_a_free_account_and_warns()
    {
        await using var network = await TestNetwork.StartAsync(options: new() { Accounts = new() { IsFree = true } });
        var settings = network.Settings();
        settings["Rke:Accounts:Enabled"] = "true";
        await using var gateway = await LocalGateway.StartAsync(settings);
        var run = await RunAsync(gateway, "account", "open", "--free", "--coin", "1/4711", "--json");
        var report = run.Expect(0).OutJson;
        var path = Path.Combine(network.KeyFolder, "account-6-1-4711.key");
        Assert.Equal(path, report.Text("key_file"));
        Assert.Contains("in the clear", (string)report["warnings"]![0]!, StringComparison.Ordinal);
        var shown = (await Rkectl.RunAsync("keys", "show", path, "--json")).Expect(0).OutJson["files"]![0]!;
        Assert.Equal((6, 1, true), ((int)shown["network"]!, (int)shown["coins"]!, (bool)shown["private"]!));
        Assert.Equal(4711, (int)shown["ranges"]![0]!["first_serial"]!);

        run = await RunAsync(gateway, "account", "open", "--free", "--coin", "1/4711");
        Assert.Contains("exists already", run.Expect(5).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_kind_of_the_account_must_be_given()
    {
        var run = await Rkectl.RunAsync("account", "open");
        Assert.Contains("Give either --free or --pay-with.", run.Expect(2).Error, StringComparison.Ordinal);
        run = await Rkectl.RunAsync("account", "open", "--free", "--pay-with", "1/1");
        Assert.Contains("Give either --free or --pay-with.", run.Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_without_the_service_is_explained()
    {
        await using var gateway = await LocalGateway.StartAsync();
        var run = await RunAsync(gateway, "account", "open", "--free");
        Assert.Contains("Rke:Accounts:Enabled", run.Expect(1).Error, StringComparison.Ordinal);
    }

    private static Task<RkectlRun> RunAsync(LocalGateway gateway, params string[] arguments) =>
        Rkectl.RunAsync("", [("RKE_GATEWAY", gateway.Address)], arguments);
}
