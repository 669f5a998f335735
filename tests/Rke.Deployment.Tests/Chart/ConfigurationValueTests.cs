using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Rke.Deployment.Tests.Tools;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Hosting;
using Rke.Gateway.Idempotency;
using Rke.Gateway.Listening;
using Rke.Gateway.Quotas;
using Rke.Gateway.Redis;
using Rke.Gateway.Reload;
using Rke.Gateway.Sessions;

namespace Rke.Deployment.Tests.Chart;

/// <summary>The gateway's own reader takes what the chart gives: file and environment of every combination.</summary>
public sealed class ConfigurationValueTests(SwitchCombinations combinations)
    : IClassFixture<SwitchCombinations>, IDisposable
{
    private readonly DirectoryInfo _mounted = Directory.CreateTempSubdirectory("rke-mounted-");

    public void Dispose() => _mounted.Delete(recursive: true);

    [Fact]
    public void The_gateway_accepts_every_combination()
    {
        foreach (var rendering in combinations.Renderings)
        {
            var problem = Record.Exception(() => Read(rendering)) as SettingsException;
            Assert.True(problem is null, $"{rendering.Name}:\n{string.Join('\n', problem?.Problems ?? [])}");
        }
    }

    [Fact]
    public async Task Omitted_values_keep_the_defaults_of_the_gateway()
    {
        var values = ChartValues.Least().With("""{ "signal": { "enabled": true }, "grpc": { "maxConnectionAge": "" } }""");
        var chart = Read(await Manifests.CheckAsync("least", await Helm.TemplateAsync(values)));
        var plain = ConfigurationSections.Read(new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Rke:Networks:0:Id", "6"),
            new("Rke:Networks:0:Servers:0", "192.0.2.10:50000"),
            new("Rke:Keys:Path", _mounted.FullName),
        ]).Build());
        AssertSame<ConnectionOptions>();
        AssertSame<AdmissionOptions>();
        Assert.Equal(plain.Of<GrpcOptions>().MaxMessageSize, chart.Of<GrpcOptions>().MaxMessageSize);
        AssertSame<CoinLimitOptions>();
        var (plainLimit, chartLimit) = (plain.Of<CallerLimitOptions>(), chart.Of<CallerLimitOptions>());
        Assert.Equal(
            (plainLimit.Default, plainLimit.Shadow, plainLimit.TrustHeader, plainLimit.LocalShare),
            (chartLimit.Default, chartLimit.Shadow, chartLimit.TrustHeader, chartLimit.LocalShare));
        AssertSame<IdempotencyOptions>();
        AssertSame<ReloadOptions>();
        Assert.Equal(plain.Of<RedisOptions>().Timeout, chart.Of<RedisOptions>().Timeout);
        Assert.Equal(plain.Of<SessionsOptions>() with { SealingKey = null }, chart.Of<SessionsOptions>() with { SealingKey = null });
        Assert.Equal(plain.Of<SignalOptions>(), chart.Of<SignalOptions>() with { Listen = null });
        AssertSame<LoggingOptions>();
        AssertSame<KeysOptions>();

        void AssertSame<TOptions>() => Assert.Equal(plain.Of<TOptions>(), chart.Of<TOptions>());
    }

    [Fact]
    public void Limits_of_single_callers_reach_the_gateway()
    {
        var rendering = combinations.Renderings.First(one => one.Name.Contains("limits=1", StringComparison.Ordinal));
        var limits = Read(rendering).Of<CallerLimitOptions>();
        Assert.Equal(new(100, 1000), limits.Of("spiffe://example.org/other"));
        Assert.Equal(new(0, 5), limits.Of("spiffe://example.org/shop"));
    }

    private GatewayOptions Read(Manifests manifests)
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

        return ConfigurationSections.Read(read);
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
