using System.Diagnostics;
using Google.Protobuf;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>RAIDA key files: loaded, validated, watched, reloaded.</summary>
public sealed class KeyFolderTests
{
    [Fact]
    public async Task A_new_file_is_loaded_and_a_removed_one_is_dropped_without_a_restart()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        Assert.False(await KnowsAsync(gateway, 5000));

        using var coin = TestNetwork.MakeCoin(5000);
        network.WriteKeyFile("more.bin", [coin]);
        await Eventually.IsTrueAsync(() => KnowsAsync(gateway, 5000));
        Assert.True(await KnowsAsync(gateway, 1000));

        File.Delete(Path.Combine(network.KeyFolder, "coins.bin"));
        await Eventually.IsTrueAsync(async () => !await KnowsAsync(gateway, 1000));
        Assert.True(await KnowsAsync(gateway, 5000));
    }

    [Fact]
    public async Task A_bad_file_is_reported_and_its_last_good_coins_and_all_others_stay()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        using var coin = TestNetwork.MakeCoin(5000);
        network.WriteKeyFile("more.bin", [coin]);
        network.WriteFile("short.bin", [9, 0, 0]);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var page = await gateway.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative));
        Assert.StartsWith("ready\n", page, StringComparison.Ordinal);
        Assert.Contains("short.bin", page, StringComparison.Ordinal);

        network.WriteFile("more.bin", [1, 2, 3]);
        await Eventually.IsTrueAsync(async () =>
            (await gateway.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative))).Contains("'more.bin'", StringComparison.Ordinal));
        Assert.True(await KnowsAsync(gateway, 5000));
        Assert.True(await KnowsAsync(gateway, 1000));
        Assert.Contains(gateway.Logs.Lines, line => line.Contains("Error 1001", StringComparison.Ordinal)
            && line.Contains("short.bin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_coin_may_stand_in_two_files_and_another_key_of_it_is_reported()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        using var coin = TestNetwork.MakeCoin(5000);
        using var other = TestNetwork.MakeCoin(5000);
        network.WriteKeyFile("a.bin", [coin]);
        network.WriteKeyFile("b.bin", [coin]);
        network.WriteKeyFile("c.bin", [other]);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var page = await gateway.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative));
        Assert.DoesNotContain("b.bin", page, StringComparison.Ordinal);
        Assert.Contains("'c.bin' holds coin 0/5000 with other numbers", page, StringComparison.Ordinal);
        Assert.True(await KnowsAsync(gateway, 5000));
    }

    [Fact]
    public async Task A_file_that_Kubernetes_mounts_is_followed_through_its_links()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var first = TestNetwork.WithoutServers(TestNetwork.MakeCoin(5001));
        await using var second = TestNetwork.WithoutServers(TestNetwork.MakeCoin(5002));
        var data = Path.Combine(network.KeyFolder, "..data");
        Directory.CreateSymbolicLink(data, first.KeyFolder);
        File.CreateSymbolicLink(Path.Combine(network.KeyFolder, "mounted.bin"), Path.Combine("..data", "coins.bin"));
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        Assert.True(await KnowsAsync(gateway, 5001));

        Directory.CreateSymbolicLink(data + "_tmp", second.KeyFolder);

        // In one step, as the kubelet does it; the base library has no rename that replaces a link to a folder.
        using var rename = Process.Start("mv", ["-T", data + "_tmp", data]);
        await rename.WaitForExitAsync();
        await Eventually.IsTrueAsync(() => KnowsAsync(gateway, 5002));
        Assert.False(await KnowsAsync(gateway, 5001));
        Directory.Delete(data);
    }

    [Fact]
    public async Task A_folder_that_is_gone_keeps_what_was_loaded()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(
            network.Settings(), builder => builder.Set("Rke:Keys:Rescan", "00:00:01"));
        var away = network.KeyFolder + "-away";
        Directory.Move(network.KeyFolder, away);
        await Eventually.IsTrueAsync(async () =>
            (await gateway.Http.GetStringAsync(new Uri("/readyz", UriKind.Relative))).Contains("cannot be read", StringComparison.Ordinal));
        Assert.True(await KnowsAsync(gateway, 1000));
        Directory.Move(away, network.KeyFolder);
    }

    // A coin that the gateway has not is said to be unknown; one that it has asks the server.
    private static async Task<bool> KnowsAsync(RunningGateway gateway, uint serialNumber)
    {
        var request = new GetKeyRequest
        {
            RaidaId = 0,
            KeyIdHash = ByteString.CopyFrom(new byte[KeyIdHash.Length]),
            Coin = new() { SerialNumber = serialNumber },
        };
        return (await Details.OfAsync(gateway.Client.GetKeyAsync(request))).Reason != "COIN_UNKNOWN";
    }
}
