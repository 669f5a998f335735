using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Configuration;
using Rke.Gateway.Signals;
using Rke.Gateway.Tests.Observability;
using Rke.Gateway.Tests.Signals;

namespace Rke.Gateway.Tests.Reload;

public sealed class SettingsReloadTests : IDisposable
{
    private const string Refused = "rke_reload_refused{file=\"settings\"}";

    private readonly TlsFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string ConfigPath => _folder.PathOf("gateway.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Servers_are_moved_added_and_removed_under_load_and_no_call_fails()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var moved = new Relay(network.Host.EndPoints[1]);
        await using var came = new Relay(network.Host.EndPoints[24]);
        moved.Open();
        came.Open();
        var settings = network.Settings();
        settings.Remove("Rke:Networks:0:Servers:24");
        Write(settings);
        await using var gateway = await StartAsync();
        using var enough = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                Assert.Equal("KEY_NOT_FOUND", await GetAsync(gateway, 1));
            }
        })));
        Assert.Equal("INVALID_FIELD", await GetAsync(gateway, 24));

        settings["Rke:Networks:0:Servers:1"] = moved.EndPoint.ToString();
        settings["Rke:Networks:0:Servers:24"] = came.EndPoint.ToString();
        Write(settings);
        await Eventually.IsTrueAsync(() => load.IsCompleted || moved.HasBeenAsked);
        Assert.Equal("KEY_NOT_FOUND", await GetAsync(gateway, 24));
        Assert.Equal(25, (await Samples.OfAsync(gateway)).Names.Count(name => name.StartsWith("rke_udp_breaker{", StringComparison.Ordinal)));

        settings.Remove("Rke:Networks:0:Servers:24");
        Write(settings);
        await Eventually.IsTrueAsync(async () => load.IsCompleted || await GetAsync(gateway, 24) == "INVALID_FIELD");
        await enough.CancelAsync();
        await load;
    }

    [Fact]
    public async Task Limits_and_targets_take_effect()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var settings = network.Settings();
        Write(settings);
        await using var gateway = await StartAsync();
        settings["Rke:Limits:Coin:Posts"] = "1";
        settings["Rke:Limits:Caller:PostsPerDay"] = "100";
        settings["Rke:Targets:Allow"] = "127.0.0.0/8";
        Write(settings);
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))["rke_reloads_total{file=\"settings\",result=\"applied\"}"] >= 2);

        var post = new Rke.V1.PostKeyRequest { RaidaId = 3, KeyPart = ByteString.CopyFrom(new byte[16]), KeyId = ByteString.CopyFrom(new byte[16]) };
        await gateway.Client.PostKeyAsync(post, cancellationToken: Cancelled);
        await gateway.Client.GetKeyAsync(new() { RaidaId = 3, KeyId = post.KeyId }, cancellationToken: Cancelled);
        Assert.Equal("COIN_OVERUSED", (await Details.OfAsync(gateway.Client.PostKeyAsync(post, cancellationToken: Cancelled))).Reason);
        Assert.Equal(2, (await Samples.OfAsync(gateway))["rke_limiter_decisions_total{limiter=\"caller_posts\",decision=\"admitted\"}"]);
    }

    [Theory]
    [InlineData("cannot be read", "{")]
    [InlineData("Rke:Networks:0:Servers:3", """{ "Rke": { "Networks": [ { "Id": 6, "Servers": { "3": "nowhere" } } ] } }""")]
    [InlineData("network 7 has no coin", """{ "Rke": { "Networks": [ { "Id": 7, "Servers": { "3": "127.0.0.1:50003" } } ] } }""")]
    [InlineData("Rke:Keys:Path", """{ "Rke": { } }""")]
    public async Task An_invalid_file_has_no_effect_and_is_reported(string problem, string json)
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var settings = network.Settings();
        Write(settings);
        await using var gateway = await StartAsync(("Rke:Keys:Path", network.KeyFolder));
        _folder.WriteFile("gateway.json", json);
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))[Refused].Equals(1));
        var ready = await gateway.ReadinessAsync();
        Assert.StartsWith("ready\nwarning: The new configuration ", ready, StringComparison.Ordinal);
        Assert.Contains(problem, ready, StringComparison.Ordinal);
        Assert.Equal("KEY_NOT_FOUND", await GetAsync(gateway, 3));
        Write(settings);
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))[Refused].Equals(0));
    }

    [Fact]
    public async Task Changes_of_a_file_that_Kubernetes_mounts_as_links_are_read()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var settings = network.Settings();
        Mount("..1", settings);
        Directory.CreateSymbolicLink(_folder.PathOf("..data"), "..1");
        File.CreateSymbolicLink(ConfigPath, Path.Combine("..data", "gateway.json"));
        await using var gateway = await StartAsync();
        Assert.Equal("KEY_NOT_FOUND", await GetAsync(gateway, 24));

        settings.Remove("Rke:Networks:0:Servers:24");
        Mount("..2", settings);
        Directory.CreateSymbolicLink(_folder.PathOf("..data_tmp"), "..2");

        // Replaces the link in one step, like the kubelet. The base library cannot replace a link to a folder.
        using var rename = Process.Start("mv", ["-T", _folder.PathOf("..data_tmp"), _folder.PathOf("..data")]);
        await rename.WaitForExitAsync(Cancelled);
        await Eventually.IsTrueAsync(async () => await GetAsync(gateway, 24) == "INVALID_FIELD");
    }

    [Fact]
    public async Task Settings_that_need_a_restart_are_reported_by_name_and_no_call_fails()
    {
        const string RestartNeeded = "rke_restart_needed";
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var settings = network.Settings();
        Write(settings);
        await using var gateway = await StartAsync();
        Assert.Contains(RestartNeeded, (await Samples.OfAsync(gateway)).Names);
        Assert.Equal("ready\n", await gateway.ReadinessAsync());

        settings["Rke:Redis:Password"] = "swordfish";
        settings["Rke:Sessions:Capacity"] = "7";
        settings["Rke:Grpc:MaxCalls"] = "77";
        Write(settings);
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))[RestartNeeded].Equals(1));
        Assert.Equal(
            "ready\nwarning: These settings have changed and take effect after a restart: "
            + "Rke:Redis:Password, Rke:Sessions:Capacity.\n",
            await gateway.ReadinessAsync());
        Assert.Equal(0, (await Samples.OfAsync(gateway))[Refused]);
        Assert.Single(gateway.Logs.Lines, line => line.StartsWith("Warning 1001", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Logs.Lines, line => line.Contains("swordfish", StringComparison.Ordinal));

        settings.Remove("Rke:Redis:Password");
        settings.Remove("Rke:Sessions:Capacity");
        Write(settings);
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))[RestartNeeded].Equals(0));
        Assert.Equal("ready\n", await gateway.ReadinessAsync());
    }

    [Fact]
    public async Task Limits_of_Signals_take_effect()
    {
        const string Admitted = "rke_limiter_decisions_total{limiter=\"signal_source\",decision=\"admitted\"}";
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var settings = network.Settings();
        settings["Rke:Signal:Listen"] = "127.0.0.1:0";
        settings["Rke:Signal:SourceRate"] = settings["Rke:Signal:SourceBurst"] = "1";
        Write(settings);
        await using var gateway = await StartAsync();
        using var signaller = new Signaller(gateway.Services.GetRequiredService<SignalListener>().EndPoint!);
        settings["Rke:Signal:SourceRate"] = settings["Rke:Signal:SourceBurst"] = "1000";
        Write(settings);

        // With the old limits, this would exceed the timeout of the test.
        await Eventually.IsTrueAsync(async () =>
        {
            signaller.Send(Signaller.Make([(RandomNumberGenerator.GetBytes(16), network.Host.EndPoints[3])]));
            return (await Samples.OfAsync(gateway))[Admitted] > 60;
        });
        Assert.Equal("ready\n", await gateway.ReadinessAsync());
    }

    [Fact]
    public async Task A_missing_configuration_file_is_reported()
    {
        var exception = await Assert.ThrowsAsync<SettingsException>(() => StartAsync());
        Assert.Contains(ConfigPath, Assert.Single(exception.Problems), StringComparison.Ordinal);
    }

    private static async Task<string> GetAsync(RunningGateway gateway, uint raidaId) => (await Details.OfAsync(gateway.Client.GetKeyAsync(
        new() { RaidaId = raidaId, KeyId = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled))).Reason;

    private void Write(Dictionary<string, string?> settings) =>
        _folder.WriteFile("gateway.json", JsonSerializer.Serialize(settings));

    private void Mount(string folder, Dictionary<string, string?> settings)
    {
        Directory.CreateDirectory(_folder.PathOf(folder));
        File.WriteAllText(_folder.PathOf(Path.Combine(folder, "gateway.json")), JsonSerializer.Serialize(settings));
    }

    private Task<RunningGateway> StartAsync(params (string Key, string Value)[] more) => RunningGateway.StartAsync(
        new Dictionary<string, string?>(more.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)), StringComparer.Ordinal)
        {
            ["Rke:Reload:Interval"] = "00:00:00.020",
        },
        configure: null,
        "--config",
        ConfigPath);
}
