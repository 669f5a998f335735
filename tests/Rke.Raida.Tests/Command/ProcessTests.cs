using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rke.Wire;

namespace Rke.Raida.Tests.Command;

/// <summary>The program itself: coins made, names served, history written, stopped by a signal.</summary>
public sealed partial class ProcessTests : IDisposable
{
    private const int Terminate = 15;

    private readonly List<Process> _processes = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-raida-");

    [Fact]
    public async Task The_program_serves_until_it_is_told_to_stop()
    {
        var zone = Path.Combine(_folder.FullName, "zone");
        var history = Path.Combine(_folder.FullName, "history.jsonl");
        var coins = Path.Combine(_folder.FullName, "coins");
        File.WriteAllText(zone, "example A 192.0.2.1\n");
        var process = Start(
            "--listen", "127.0.0.1:0", "--raida", "14,15", "--coins", coins, "--make-coins", "2",
            "--zone", zone, "--history", history, "--post-limit", "1");
        var servers = new List<IPEndPoint>();
        while (servers.Count < 2)
        {
            var line = await ReadLineAsync(process);
            if (Listening().Match(line) is { Success: true } match)
            {
                Assert.Contains("2 coins", line);
                servers.Add(IPEndPoint.Parse(match.Groups[1].Value));
            }
        }

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

        using var kill = Process.Start("kill", [$"-{Terminate}", $"{process.Id}"]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task All_25_numbers_are_served_when_none_is_named()
    {
        var coins = Path.Combine(_folder.FullName, "coins");
        var process = Start("--listen", "127.0.0.1:0", "--coins", coins, "--make-coins", "1");
        var servers = 0;
        while (servers < 25)
        {
            servers += Listening().Count(await ReadLineAsync(process));
        }
    }

    [Fact]
    public async Task A_zone_with_a_mistake_ends_it_with_the_line_and_code_2()
    {
        var zone = Path.Combine(_folder.FullName, "zone");
        File.WriteAllText(zone, "\nexample MX 1\n");
        var process = Start("--listen", "127.0.0.1:0", "--raida", "0", "--zone", zone);
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains("line 2: 'MX' is no record type", said);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"listens on (\S+)")]
    private static partial Regex Listening();

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add(typeof(Rke.Raida.Serving.KeyServer).Assembly.Location);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    private static async Task<string> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
        ?? throw new InvalidDataException("the program ended before it listened");

    private static string[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
