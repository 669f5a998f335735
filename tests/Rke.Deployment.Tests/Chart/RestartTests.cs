using System.Text;
using Microsoft.Extensions.Configuration;
using Rke.Deployment.Tests.Tools;
using Rke.Gateway.Hosting;

namespace Rke.Deployment.Tests.Chart;

/// <summary>Which changes of values start new pods: those that a running gateway does not take over.</summary>
public class RestartTests
{
    private const string Annotation = "checksum/settings";

    public static readonly TheoryData<string, string> Live = new()
    {
        { "Rke:Networks", """{ "networks": [{ "id": 6, "servers": { "0": "192.0.2.10:50001" } }] }""" },
        { "Rke:Peers", """{ "peers": [{ "name": "shop", "coins": ["1000-1999"] }] }""" },
        { "Rke:Targets", """{ "targets": { "allow": ["198.51.100.0/24"] } }""" },
        { "Rke:Limits", """{ "limits": { "coin": { "posts": 10 }, "caller": { "postsPerDay": 1000 } } }""" },
        { "Rke:Grpc:MaxCalls", """{ "grpc": { "maxCalls": 99 } }""" },
        { "Rke:Grpc:MaxCallsPerPeer", """{ "grpc": { "maxCallsPerPeer": 98 } }""" },
        { "Rke:Grpc:MaxDiagnosticStreams", """{ "grpc": { "maxDiagnosticStreams": 97 } }""" },
        { "Rke:Grpc:MaxDiagnosticStreamsPerPeer", """{ "grpc": { "maxDiagnosticStreamsPerPeer": 96 } }""" },
        { "Rke:Grpc:DefaultDeadline", """{ "grpc": { "defaultDeadline": "00:00:07" } }""" },
        { "Rke:Signal:Port", """{ "settings": { "Signal": { "Port": 7500 } } }""" },
        { "Rke:Signal:CollectTimeout", """{ "signal": { "collectTimeout": "00:00:02" } }""" },
        { "Rke:Signal:MaxConcurrent", """{ "signal": { "maxConcurrent": 9 } }""" },
        { "Rke:Signal:SourceRate", """{ "signal": { "sourceRate": 9 } }""" },
        { "Rke:Signal:Results", """{ "settings": { "Signal": { "Results": 9000 } } }""" },
        { "Rke:Signal:SourceBurst", """{ "signal": { "sourceBurst": 9 } }""" },
    };

    // The same for all tests. helm and the checks of its output take a second.
    private static readonly Lazy<Task<(string File, string? Checksum)>> Unchanged = new(() => RenderAsync("{}"));

    [Fact]
    public void The_test_covers_every_setting_that_can_change_at_run_time() =>
        Assert.Equal(SettingsReload.LiveKeys.Order(), Live.Select(row => row.Data.Item1).Order());

    [Theory]
    [MemberData(nameof(Live))]
    public async Task Settings_that_change_at_run_time_start_no_pod(string key, string change)
    {
        var (before, after) = (await Unchanged.Value, await RenderAsync(change));
        Assert.NotEqual(SectionOf(before.File, key), SectionOf(after.File, key));
        Assert.Equal(before.Checksum, after.Checksum);
    }

    [Theory]
    [InlineData("""{ "logging": { "levels": { "Default": "Debug" } } }""")]
    [InlineData("""{ "podAnnotations": { "a": "b" } }""")]
    public async Task Log_levels_and_settings_outside_the_file_start_no_pod(string change)
    {
        Assert.Equal((await Unchanged.Value).Checksum, (await RenderAsync(change)).Checksum);
    }

    [Theory]
    [InlineData("""{ "grpc": { "maxConnections": 99 } }""")]
    [InlineData("""{ "sessions": { "lifetime": "00:11:00" } }""")]
    [InlineData("""{ "settings": { "Bridge": { "SocketsPerServer": 2 } } }""")]
    [InlineData("""{ "logging": { "json": true } }""")]
    public async Task Other_changes_start_new_pods_unless_that_is_off(string change)
    {
        var (before, after) = (await Unchanged.Value, await RenderAsync(change));
        Assert.NotEqual(before.File, after.File);
        Assert.NotEqual(before.Checksum, after.Checksum);

        var values = ChartValues.Parse(change).With("""{ "restartOnSettings": false }""");
        Assert.Null((await RenderAsync(values.ToJsonString())).Checksum);
    }

    private static async Task<(string File, string? Checksum)> RenderAsync(string change)
    {
        var values = ChartValues.Least().With("""{ "signal": { "enabled": true } }""").With(change);
        var manifests = await Manifests.CheckAsync("restart", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var pod = manifests.Get("Deployment", Helm.FullName)["spec"]!["template"]!["metadata"]!["annotations"]!;
        var file = (string)manifests.Get("ConfigMap", Helm.FullName)["data"]!["appsettings.json"]!;
        return (file, (string?)pod[Annotation]);
    }

    private static string SectionOf(string file, string key)
    {
        var settings = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(file))).Build();
        return string.Join('\n', settings.GetSection(key).AsEnumerable());
    }
}
