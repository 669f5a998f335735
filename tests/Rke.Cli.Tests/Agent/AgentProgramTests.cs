using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Rke.Cli.Tests.Agent;

/// <summary>Unmodified programs of Debian with the keys of the agent: WireGuard, strongSwan, OpenSSL, GnuTLS and stunnel.</summary>
public sealed class AgentProgramTests(AgentPrograms programs) : IClassFixture<AgentPrograms>
{
    /// <summary>tests/full/agent sets more.</summary>
    private static readonly int Changes = int.Parse(
        Environment.GetEnvironmentVariable("RKE_AGENT_CHANGES") ?? "10", CultureInfo.InvariantCulture);

    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(12);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ping_through_WireGuard_survives_key_changes_and_a_wrong_key_gets_no_handshake()
    {
        await using var tunnel = await WireGuardTunnel.StartAsync(programs);
        await using var agents = await programs.StartAgentsAsync(side =>
        [
            new JsonObject { ["type"] = "wireguard", ["interface"] = WireGuardTunnel.InterfaceOf(side), ["publicKey"] = tunnel.PeerOf(side) },
        ]);
        Assert.True(await tunnel.CanHandshakeAsync(HandshakeTime), $"no handshake with the first key\n{agents}");

        await using var ping = AgentPrograms.Start(programs.Initiator, "ping", "-i", "0.05", "-W", "2", WireGuardTunnel.ReceiverAddress);
        var keys = new HashSet<string>();
        for (var change = 0; change < Changes; change++)
        {
            await agents.RotateAsync();
            keys.Add(await WireGuardTunnel.KeyOfAsync(programs.Initiator));
            Assert.Equal(await WireGuardTunnel.KeyOfAsync(programs.Initiator), await WireGuardTunnel.KeyOfAsync(programs.Receiver));
        }

        ping.Signal("INT");
        await ping.WaitForExitAsync();
        Assert.Equal(Changes, keys.Count);

        // One packet can be on its way at the end.
        var counts = Regex.Match(ping.ToString(), "(?<sent>[0-9]+) packets transmitted, (?<received>[0-9]+) received").Groups;
        var lost = int.Parse(counts["sent"].Value, CultureInfo.InvariantCulture) - int.Parse(counts["received"].Value, CultureInfo.InvariantCulture);
        Assert.True(lost <= 1, $"{ping.Lines.Last(line => line.Contains("transmitted", StringComparison.Ordinal))}\n{agents}");
        Assert.True(await tunnel.CanHandshakeAsync(HandshakeTime), $"no handshake with the last key\n{agents}");

        await tunnel.SetKeyAsync(programs.Receiver, Convert.ToBase64String(new byte[32].Select((_, index) => (byte)(index + 1)).ToArray()));
        Assert.False(await tunnel.CanHandshakeAsync(TimeSpan.FromSeconds(6)), "a handshake with a wrong key");
        await agents.RotateAsync();
        Assert.True(await tunnel.CanHandshakeAsync(HandshakeTime), $"no handshake after the next change\n{agents}");
    }

    [Fact]
    public async Task An_agent_that_is_killed_at_any_moment_has_the_key_of_the_other_end_after_its_restart()
    {
        await using var agents = await programs.StartAgentsAsync(
            side => [new JsonObject { ["type"] = "file", ["path"] = programs[$"killed-{side.Name}"] }], interval: "2s");
        for (var round = 0; round < 6; round++)
        {
            var side = round % 2 == 0 ? programs.Receiver : programs.Initiator;
            var changes = (long)(await agents.StatusAsync(programs.Initiator))["changes"]!;
            await agents.KillAsync(side);
            await agents.StartAsync(side);
            await agents.UntilChangedAsync(changes + 1);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(programs["killed-a"]));
        var metrics = (await AgentPrograms.RunAsync(programs.Receiver, "curl", "--silent", "http://localhost:9465/metrics")).Output;
        Assert.Contains("rke_agent_applied_at_both_ends{peer=\"other\"} 1\n", metrics);
        Assert.Matches("rke_agent_key_age_seconds{peer=\"other\"} [0-9.]+\n", metrics);
        Assert.Contains("rke_agent_interval_seconds{peer=\"other\"} 2\n", metrics);
        var document = await File.ReadAllTextAsync(Repository.PathOf("docs", "AGENT.md"), Cancelled);
        Assert.Equal(
            Regex.Matches(document, @"^\| `(?<name>rke_agent_\w+)` \| (?<type>\w+) \|", RegexOptions.Multiline)
                .Select(row => $"# TYPE {row.Groups["name"]} {row.Groups["type"]}"),
            metrics.Split('\n').Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)));
        Assert.DoesNotContain(await File.ReadAllTextAsync(programs["killed-b"], Cancelled), metrics);
        Assert.Equal(0, await agents.StopAsync(programs.Receiver));
    }

    [Fact]
    public async Task StrongSwan_makes_an_IKE_SA_only_with_the_same_PPK()
    {
        await using var first = await StrongSwan.StartAsync(programs, programs.Initiator, programs.Receiver);
        await using var second = await StrongSwan.StartAsync(programs, programs.Receiver, programs.Initiator);
        Assert.NotEqual(0, (await first.InitiateAsync()).ExitCode);
        await using var agents = await programs.StartAgentsAsync(side =>
        [
            new JsonObject { ["type"] = "strongswan", ["socket"] = side == programs.Initiator ? first.Socket : second.Socket, ["ppkId"] = "rke" },
        ]);
        for (var change = 0; change < 2; change++)
        {
            var made = await first.InitiateAsync();
            Assert.True(made.ExitCode == 0, $"{made.All}\n{agents}");
            await first.TerminateAsync();
            await agents.RotateAsync();
        }

        await second.LoadWrongKeyAsync();
        Assert.NotEqual(0, (await first.InitiateAsync()).ExitCode);
    }

    [Fact]
    public async Task TLS_programs_connect_with_the_key_and_without_a_certificate()
    {
        await using var agents = await programs.StartAgentsAsync(side =>
        [
            new JsonObject { ["type"] = "file", ["path"] = programs[$"session-{side.Name}.pem"], ["format"] = "openssl" },
            new JsonObject { ["type"] = "file", ["path"] = programs[$"keys-{side.Name}.psk"], ["format"] = "psk" },
            new JsonObject { ["type"] = "command", ["command"] = $"cat <&3 >{programs[$"command-{side.Name}"]}; echo $RKE_KEY_ID >>{programs[$"ids-{side.Name}"]}" },
        ]);
        var key = await agents.RotateAsync();
        Assert.EndsWith(key + "\n", await File.ReadAllTextAsync(programs["ids-b"], Cancelled));
        var hex = (await File.ReadAllTextAsync(programs["command-a"], Cancelled)).Trim();
        Assert.Equal(hex, (await File.ReadAllTextAsync(programs["command-b"], Cancelled)).Trim());
        Assert.StartsWith($"{key}:{hex}\n", await File.ReadAllTextAsync(programs["keys-b.psk"], Cancelled));

        // The previous key is accepted during the overlap.
        Assert.Equal(2, (await File.ReadAllLinesAsync(programs["keys-b.psk"], Cancelled)).Length);

        await using (AgentPrograms.Start(
            programs.Receiver, "openssl", "s_server", "-accept", "4433", "-nocert", "-tls1_3", "-psk_identity", "rke",
            "-psk_session", programs["session-b.pem"], "-ciphersuites", "TLS_AES_128_GCM_SHA256", "-rev", "-quiet"))
        {
            var output = await UntilAsync(
                () => ConnectAsync("openssl", $"s_client -connect {programs.Receiver.Address}:4433 -tls1_3 -psk_identity rke -psk_session {programs["session-a.pem"]} -ign_eof"),
                "olleh");
            Assert.Contains("Reused, TLSv1.3", output);
            Assert.DoesNotContain("BEGIN CERTIFICATE", output);
        }

        await using (AgentPrograms.Start(
            programs.Receiver, "gnutls-serv", "--echo", "--port", "4434", "--pskpasswd", programs["keys-b.psk"],
            "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+PSK:+DHE-PSK:+ECDHE-PSK"))
        {
            var gnutls = $"gnutls-cli --port 4434 --pskusername {key} --priority NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+PSK:+DHE-PSK:+ECDHE-PSK {programs.Receiver.Address}";
            Assert.Contains("PSK", await UntilAsync(() => ConnectAsync("sh", $"-c '{gnutls} --pskkey {hex}'"), "hello"));
            Assert.DoesNotContain("\nhello", (await ConnectAsync("sh", $"-c '{gnutls} --pskkey {new string('a', 64)}'")).Output);
        }

        await using var server = await StunnelAsync(programs.Receiver, "accept = 4435\nexec = /bin/cat");
        await using var client = await StunnelAsync(
            programs.Initiator, $"client = yes\naccept = 127.0.0.1:4436\nconnect = {programs.Receiver.Address}:4435");
        await UntilAsync(() => ConnectAsync("bash", "-c 'exec 5<>/dev/tcp/127.0.0.1/4436; echo hello >&5; head -n 1 <&5'"), "hello");
    }

    private async Task<ServerProcess> StunnelAsync(AgentSide side, string service)
    {
        var file = programs[$"stunnel-{side.Name}.conf"];
        await File.WriteAllTextAsync(
            file,
            $"""
            foreground = yes
            pid =
            [tunnel]
            {service}
            ciphers = PSK
            PSKsecrets = {programs[$"keys-{side.Name}.psk"]}
            """,
            Cancelled);
        return AgentPrograms.Start(side, "stunnel", file);
    }

    // The program reads "hello" from its input.
    private Task<ToolRun> ConnectAsync(string program, string arguments)
    {
        var words = Regex.Matches(arguments, "'(?<word>[^']*)'|(?<word>[^ ]+)").Select(match => match.Groups["word"].Value);
        return ToolRun.RunAsync(
            "timeout", ["5", "ip", "netns", "exec", programs.Initiator.Namespace, program, .. words], input: "hello\n");
    }

    private static async Task<string> UntilAsync(Func<Task<ToolRun>> connect, string expected)
    {
        ToolRun? last = null;
        try
        {
            await Eventually.IsTrueAsync(async () => (last = await connect()).Output.Contains(expected, StringComparison.Ordinal));
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"no '{expected}': {last?.All}");
        }

        return last!.All;
    }
}
