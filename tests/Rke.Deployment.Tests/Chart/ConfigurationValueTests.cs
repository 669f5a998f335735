using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Rke.Deployment.Tests.Tools;
using Rke.Gateway.Configuration;

namespace Rke.Deployment.Tests.Chart;

/// <summary>The gateway's own reader takes what the chart gives: file and environment of every combination.</summary>
public sealed class ConfigurationValueTests(SwitchCombinations combinations)
    : IClassFixture<SwitchCombinations>, IDisposable
{
    private readonly DirectoryInfo _mounted = Directory.CreateTempSubdirectory("rke-mounted-");

    public void Dispose() => _mounted.Delete(recursive: true);

    [Fact]
    public void The_gateway_takes_every_combination()
    {
        foreach (var rendering in combinations.Renderings)
        {
            var problem = Record.Exception(() => Read(rendering)) as SettingsException;
            Assert.True(problem is null, $"{rendering.Name}:\n{string.Join('\n', problem?.Problems ?? [])}");
        }
    }

    [Fact]
    public async Task What_an_operator_leaves_out_is_as_without_the_chart()
    {
        var values = ChartValues.Least().With("""{ "signal": { "enabled": true }, "grpc": { "maxConnectionAge": "" } }""");
        var chart = Read(await Manifests.CheckAsync("least", await Helm.TemplateAsync(values)));
        var plain = GatewaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Rke:Networks:0:Id", "6"),
            new("Rke:Networks:0:Servers:0", "192.0.2.10:50000"),
            new("Rke:Keys:Path", _mounted.FullName),
        ]).Build());
        Assert.Equal(plain.Grpc.Connections, chart.Grpc.Connections);
        Assert.Equal(
            (plain.Grpc.DefaultDeadline, plain.Grpc.MaxCalls, plain.Grpc.MaxMessageSize),
            (chart.Grpc.DefaultDeadline, chart.Grpc.MaxCalls, chart.Grpc.MaxMessageSize));
        Assert.Equal(plain.CoinLimit, chart.CoinLimit);
        Assert.Equal(
            (plain.CallerLimit.Default, plain.CallerLimit.Shadow, plain.CallerLimit.TrustHeader, plain.CallerLimit.LocalShare),
            (chart.CallerLimit.Default, chart.CallerLimit.Shadow, chart.CallerLimit.TrustHeader, chart.CallerLimit.LocalShare));
        Assert.Equal(plain.Idempotency, chart.Idempotency);
        Assert.Equal(plain.Reload, chart.Reload);
        Assert.Equal(plain.Redis.Timeout, chart.Redis.Timeout);
        Assert.Equal(
            (plain.Sessions.Lifetime, plain.Sessions.Capacity, plain.Sessions.MaxWatchers),
            (chart.Sessions.Lifetime, chart.Sessions.Capacity, chart.Sessions.MaxWatchers));
        Assert.Equal(plain.Signal, chart.Signal with { Listen = null });
        Assert.Equal(plain.Logging, chart.Logging);
        Assert.Equal(plain.Keys, chart.Keys);
    }

    [Fact]
    public void Limits_of_single_callers_arrive()
    {
        var rendering = combinations.Renderings.First(one => one.Name.Contains("limits=1", StringComparison.Ordinal));
        var limits = Read(rendering).CallerLimit;
        Assert.Equal(new(100, 1000), limits.Of("spiffe://example.org/other"));
        Assert.Equal(new(0, 5), limits.Of("spiffe://example.org/shop"));
    }

    private GatewaySettings Read(Manifests manifests)
    {
        var gateway = manifests.Objects.Single(item =>
            (string?)item!["kind"] == "Deployment"
            && (string?)item["metadata"]!["labels"]!["app.kubernetes.io/component"] == "gateway")!;
        var container = gateway["spec"]!["template"]!["spec"]!["containers"]![0]!;
        var file = (string)manifests.Get("ConfigMap", (string)gateway["metadata"]!["name"]!)["data"]!["appsettings.json"]!;
        var read = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(file)))
            .AddInMemoryCollection(container["env"]!.AsArray().Select(Variable))
            .Build();

        // What is mounted in a pod is here for the reader, too.
        foreach (var (key, value) in read.AsEnumerable().ToList())
        {
            if (value?.StartsWith("/etc/rke-", StringComparison.Ordinal) == true)
            {
                read[key] = key == "Rke:Keys:Path" ? _mounted.FullName : Mount(Path.GetFileName(value));
            }
        }

        return GatewaySettings.Read(read);
    }

    private static KeyValuePair<string, string?> Variable(JsonNode? variable) => new(
        ((string)variable!["name"]!).Replace("__", ":", StringComparison.Ordinal),
        (string?)variable["value"] ?? "from elsewhere");

    private string Mount(string name)
    {
        var path = Path.Combine(_mounted.FullName, name);
        File.WriteAllText(path, string.Concat(Enumerable.Range(0, 32).Select(each => each.ToString("x2", CultureInfo.InvariantCulture))));
        return path;
    }
}
