using System.Diagnostics;
using System.Diagnostics.Metrics;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Rke.Gateway.Coins;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.Coins;

/// <summary>Loading, validating and reloading of RAIDA key files.</summary>
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
    public async Task An_invalid_file_is_reported_and_its_last_valid_coins_and_all_others_stay()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        using var coin = TestNetwork.MakeCoin(5000);
        network.WriteKeyFile("more.bin", [coin]);
        network.WriteFile("short.bin", [9, 0, 0]);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var page = await gateway.ReadinessAsync();
        Assert.StartsWith("ready\n", page, StringComparison.Ordinal);
        Assert.Contains("short.bin", page, StringComparison.Ordinal);

        network.WriteFile("more.bin", [1, 2, 3]);
        await Eventually.IsTrueAsync(async () =>
            (await gateway.ReadinessAsync()).Contains("'more.bin'", StringComparison.Ordinal));
        Assert.True(await KnowsAsync(gateway, 5000));
        Assert.True(await KnowsAsync(gateway, 1000));
        Assert.Contains(gateway.Logs.Lines, line => line.Contains("Error 1301", StringComparison.Ordinal)
            && line.Contains("short.bin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_coin_can_be_in_two_files_and_different_numbers_are_reported()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        using var coin = TestNetwork.MakeCoin(5000);
        using var other = TestNetwork.MakeCoin(5000);
        network.WriteKeyFile("a.bin", [coin]);
        network.WriteKeyFile("b.bin", [coin]);
        network.WriteKeyFile("c.bin", [other]);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var page = await gateway.ReadinessAsync();
        Assert.DoesNotContain("b.bin", page, StringComparison.Ordinal);
        Assert.Contains("'c.bin' has other numbers for coin 0/5000", page, StringComparison.Ordinal);
        Assert.True(await KnowsAsync(gateway, 5000));
    }

    [Fact]
    public async Task Changes_of_a_file_that_Kubernetes_mounts_as_links_are_read()
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

        // Replaces the link atomically, as the kubelet does. The base library cannot rename over a link to a folder.
        using var rename = Process.Start("mv", ["-T", data + "_tmp", data]);
        await rename.WaitForExitAsync();
        await Eventually.IsTrueAsync(() => KnowsAsync(gateway, 5002));
        Assert.False(await KnowsAsync(gateway, 5001));
        Directory.Delete(data);
    }

    [Theory]
    [InlineData(UnusableEntry.DanglingLink)]
    [InlineData(UnusableEntry.LinkLoop)]
    [InlineData(UnusableEntry.Fifo)]
    [InlineData(UnusableEntry.LinkToFifo)]
    [InlineData(UnusableEntry.Device)]
    [InlineData(UnusableEntry.Socket)]
    [InlineData(UnusableEntry.HugeFile)]
    [InlineData(UnusableEntry.EmptyFile)]
    [InlineData(UnusableEntry.Folder)]
    [InlineData(UnusableEntry.LinkToFolder)]
    public async Task An_entry_that_cannot_be_used_does_not_affect_the_others(UnusableEntry kind)
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var entry = Path.Combine(network.KeyFolder, "bad.bin");
        await UnusableEntries.MakeAsync(kind, entry);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        Assert.True(await KnowsAsync(gateway, 1000));
        Assert.Equal(kind is not (UnusableEntry.Folder or UnusableEntry.LinkToFolder), (await ReadyPageAsync(gateway)).Contains("'bad.bin'"));

        using var coin = TestNetwork.MakeCoin(5000);
        network.WriteKeyFile("more.bin", [coin]);
        await Eventually.IsTrueAsync(() => KnowsAsync(gateway, 5000));

        // A valid file becomes an entry that cannot be used.
        File.Delete(Path.Combine(network.KeyFolder, "coins.bin"));
        await UnusableEntries.MakeAsync(kind, Path.Combine(network.KeyFolder, "coins.bin"));
        using var other = TestNetwork.MakeCoin(5001);
        network.WriteKeyFile("other.bin", [other]);
        await Eventually.IsTrueAsync(() => KnowsAsync(gateway, 5001));
        Assert.True(await KnowsAsync(gateway, 5000));
    }

    [Fact]
    public async Task With_a_FIFO_in_the_folder_the_program_starts_and_stops_at_SIGTERM()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await UnusableEntries.MakeAsync(UnusableEntry.Fifo, Path.Combine(network.KeyFolder, "bad.bin"));
        await using var gateway = await GatewayProcess.StartAsync(
            network.Settings().Select(setting => $"--{setting.Key}={setting.Value}"));
        Assert.Contains(gateway.Lines, line => line.Contains("'bad.bin' is empty, or is not a regular file", StringComparison.Ordinal));
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitAsync());
    }

    [Theory]
    [InlineData(".hidden")]
    [InlineData("visible.bin")]
    public async Task A_file_that_changes_all_the_time_does_not_delay_the_others(string name)
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        using var enough = new CancellationTokenSource();
        var writing = WriteAgainAndAgainAsync(Path.Combine(network.KeyFolder, name), enough.Token);
        using var coin = TestNetwork.MakeCoin(5000);
        network.WriteKeyFile("more.bin", [coin]);
        await Eventually.IsTrueAsync(() => KnowsAsync(gateway, 5000));
        Assert.True(await KnowsAsync(gateway, 1000));
        if (name[0] != '.')
        {
            await Eventually.IsTrueAsync(async () => (await ReadyPageAsync(gateway)).Contains($"'{name}' changes all the time"));
        }

        await enough.CancelAsync();
        await writing;
        File.Delete(Path.Combine(network.KeyFolder, name));
        await Eventually.IsTrueAsync(async () => !(await ReadyPageAsync(gateway)).Contains(name));
    }

    [Fact]
    public async Task A_file_takes_part_when_two_checks_find_no_change()
    {
        await using var network = TestNetwork.WithoutServers(TestNetwork.MakeCoin(1000));
        using var coin = TestNetwork.MakeCoin(5000);
        var store = new CoinStore();
        var folder = FolderOf(network, store);
        Assert.True(folder.Refresh());
        network.WriteKeyFile("more.bin", [coin]);
        Assert.False(folder.Refresh());
        Assert.Single(store.Coins);
        Assert.True(folder.Refresh());
        Assert.Equal(2, store.Coins.Count);

        // A program that deletes the file and writes it again does not remove the coins in between.
        File.Delete(Path.Combine(network.KeyFolder, "more.bin"));
        Assert.False(folder.Refresh());
        network.WriteKeyFile("more.bin", [coin]);
        Assert.False(folder.Refresh());
        Assert.True(folder.Refresh());
        Assert.Equal(2, store.Coins.Count);
        File.Delete(Path.Combine(network.KeyFolder, "more.bin"));
        Assert.False(folder.Refresh());
        Assert.Equal(2, store.Coins.Count);
        Assert.True(folder.Refresh());
        Assert.Single(store.Coins);
    }

    // The stamp does not show that a file became readable.
    [Fact]
    public async Task A_retry_reads_invalid_files_again_although_nothing_changed()
    {
        await using var network = TestNetwork.WithoutServers(TestNetwork.MakeCoin(1000));
        var file = Path.Combine(network.KeyFolder, "coins.bin");
        var (content, time) = (await File.ReadAllBytesAsync(file), File.GetLastWriteTimeUtc(file));
        await WriteAsync(new byte[content.Length]);
        var store = new CoinStore();
        var folder = FolderOf(network, store);
        folder.Refresh();
        Assert.Single(folder.Problems);
        await WriteAsync(content);
        folder.Refresh();
        Assert.Empty(store.Coins);
        folder.Refresh(retry: true);
        Assert.Empty(folder.Problems);
        Assert.Single(store.Coins);

        async Task WriteAsync(byte[] bytes)
        {
            await File.WriteAllBytesAsync(file, bytes);
            File.SetLastWriteTimeUtc(file, time);
        }
    }

    [Fact]
    public async Task Files_of_other_programs_are_read_and_an_encrypted_one_is_reported()
    {
        await using var network = TestNetwork.WithoutServers(TestNetwork.MakeCoin(1000));
        var hex = Convert.ToHexString(Enumerable.Range(0, 16).Select(value => (byte)value).ToArray());
        network.WriteFile("00060100001388.key", System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(hex + "\n", 25))));
        network.WriteFile("coin.json", System.Text.Encoding.ASCII.GetBytes(
            $$"""{ "denomination": 2, "serial_number": 5001, "ans": [{{string.Join(',', Enumerable.Repeat($"\"{hex}\"", 25))}}] }"""));
        network.WriteFile("identity", new byte[440]);
        var encrypted = await File.ReadAllBytesAsync(Path.Combine(network.KeyFolder, "coins.bin"), TestContext.Current.CancellationToken);
        encrypted[5] = 4;
        network.WriteFile("encrypted.bin", encrypted);
        var store = new CoinStore();
        var folder = FolderOf(network, store);
        folder.Refresh();
        Assert.Equal(
            [new CoinId(0, 1000), new CoinId(1, 5000), new CoinId(2, 5001)],
            store.Of(TestNetwork.Id).Ids);
        Assert.Equal(2, folder.Problems.Count);
        Assert.Contains(folder.Problems, problem => problem.StartsWith("'encrypted.bin' is encrypted", StringComparison.Ordinal));
        Assert.Contains(folder.Problems, problem => problem.StartsWith("'identity' does not say which coin it has", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_removed_folder_keeps_the_loaded_coins()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(
            network.Settings(), builder => builder.Set("Rke:Keys:Rescan", "00:00:01"));
        var away = network.KeyFolder + "-away";
        Directory.Move(network.KeyFolder, away);
        await Eventually.IsTrueAsync(async () =>
            (await gateway.ReadinessAsync()).Contains("cannot be read", StringComparison.Ordinal));
        Assert.True(await KnowsAsync(gateway, 1000));
        Directory.Move(away, network.KeyFolder);
    }

    private static KeyFolder FolderOf(TestNetwork network, CoinStore store)
    {
        var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        return new(
            network.KeyFolder,
            store,
            new(services.GetRequiredService<IMeterFactory>()),
            NullLogger<KeyFolder>.Instance);
    }

    private static Task<string> ReadyPageAsync(RunningGateway gateway) =>
        gateway.ReadinessAsync();

    private static async Task WriteAgainAndAgainAsync(string path, CancellationToken enough)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var length = 1; !enough.IsCancellationRequested; length = (length % 100) + 1)
        {
            await File.WriteAllBytesAsync(path, new byte[length], CancellationToken.None);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    // GetKey under an unknown coin gives COIN_UNKNOWN. Under a known coin, it reaches the server.
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
