using System.Net;
using System.Text.Json;
using Rke.Wire;

namespace Rke.Raida.Tests.Command;

/// <summary>The program itself: coins made, names served, history written, stopped by a signal.</summary>
public sealed class ProcessTests : IDisposable
{
    private const string Listening = @"listens on (?<address>\S+)";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-raida-");

    [Fact]
    public async Task The_program_serves_until_it_is_told_to_stop()
    {
        var zone = Path.Combine(_folder.FullName, "zone");
        var history = Path.Combine(_folder.FullName, "history.jsonl");
        var coins = Path.Combine(_folder.FullName, "coins");
        File.WriteAllText(zone, "example A 192.0.2.1\n");
        await using var process = Start(
            "--listen", "127.0.0.1:0", "--raida", "14,15", "--coins", coins, "--make-coins", "2",
            "--zone", zone, "--history", history, "--post-limit", "1");
        var listening = await process.WaitForAsync(Listening, count: 2);
        Assert.All(process.Lines.Where(line => line.Contains("listens on")), line => Assert.Contains("2 coins", line));
        var servers = listening.Select(match => IPEndPoint.Parse(match.Groups["address"].Value)).ToList();

        Assert.True(KeyFile.TryRead(File.ReadAllBytes(Directory.GetFiles(coins).Single()), out var keys, out _));
        var coin = keys.Coins[0];
        using var cipher = new CoinCipher(coin[14]);
        using var client = new Client(coin.Id) { Cipher = cipher };
        using var peer = new UdpPeer(servers[0]);
        var lookup = client.LookUp(NameRecordType.A, "example");
        Assert.Equal(WireStatus.Success, lookup.StatusOf(await peer.AskAsync(lookup.Datagram)));
        var post = client.Post(Client.IdOf(1), [1, 2, 3, 4]);
        Assert.Equal(WireStatus.Success, post.StatusOf(await peer.AskAsync(post.Datagram)));
        var second = client.Post(Client.IdOf(2), [1, 2, 3, 4]);
        Assert.Equal(WireStatus.CoinOverused, second.StatusOf(await peer.AskAsync(second.Datagram)));
        var get = client.Get(Client.IdOf(1));
        Assert.Equal([1, 2, 3, 4], get.PartOf(await peer.AskAsync(get.Datagram)));

        var events = ReadShared(history).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["Post", "Get"], events.Select(entry => entry.GetProperty("event").GetString()));
        Assert.All(events, entry => Assert.Equal(14, entry.GetProperty("raida").GetInt32()));
        Assert.Equal(coin.Id.ToString(), events[0].GetProperty("coin").GetString());
        Assert.Equal(Client.IdOf(1).Hash().ToString(), events[0].GetProperty("hash").GetString());

        process.Signal("TERM");
        Assert.Equal(0, await process.WaitForExitAsync());
    }

    [Fact]
    public async Task All_25_numbers_are_served_when_none_is_named()
    {
        var coins = Path.Combine(_folder.FullName, "coins");
        await using var process = Start("--listen", "127.0.0.1:0", "--coins", coins, "--make-coins", "1");
        Assert.Equal(25, (await process.WaitForAsync(Listening, count: 25)).Count);
    }

    [Fact]
    public async Task A_zone_with_a_mistake_ends_it_with_the_line_and_code_2()
    {
        var zone = Path.Combine(_folder.FullName, "zone");
        File.WriteAllText(zone, "\nexample MX 1\n");
        await using var process = Start("--listen", "127.0.0.1:0", "--raida", "0", "--zone", zone);
        Assert.Equal(2, await process.WaitForExitAsync());
        Assert.Contains("line 2: 'MX' is no record type", $"{process}");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static ServerProcess Start(params string[] arguments) => ServerProcess.OfRepository("Rke.Raida", arguments);

    private static string[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
