using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Testing;
using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

/// <summary>A resolver client for tests, and its metrics.</summary>
internal sealed class ResolverKit : IDisposable
{
    private readonly ServiceProvider provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MetricCollector<long> ignored;

    public ResolverKit(string resolvers, Action<DnsOptions>? configure = null)
    {
        Options = new DnsOptions
        {
            Resolver = resolvers,
            Timeout = TimeSpan.FromSeconds(20),
            FirstWait = TimeSpan.FromSeconds(10),
        };
        configure?.Invoke(Options);
        var factory = provider.GetRequiredService<IMeterFactory>();
        var meter = new DnsMeter(factory);
        ignored = new(factory, DnsMeter.Name, "rke.dns.ignored_replies");
        Resolver = new StubResolver(
            Microsoft.Extensions.Options.Options.Create(Options),
            SystemResolvers.Parse([]),
            new DnsTransport(TimeProvider.System, meter),
            meter,
            RandomNumberGenerator.Create(),
            TimeProvider.System,
            new FakeLogger<StubResolver>(Log));
    }

    public FakeLogCollector Log { get; } = new();

    public DnsOptions Options { get; }

    public StubResolver Resolver { get; }

    public long Ignored(ReplyVerdict verdict) => ignored.GetMeasurementSnapshot()
        .Where(measurement => measurement.MatchesTags(new KeyValuePair<string, object?>("reason", $"{verdict}")))
        .Sum(measurement => measurement.Value);

    public Task<DnsAnswer> AskAsync(string name, DnsType type) =>
        Resolver.AskAsync(Names.Parse(name), type, TestContext.Current.CancellationToken);

    public static string AddressOf(DnsAnswer answer) =>
        Assert.IsType<AddressRecord>(Assert.Single(answer.Records)).Address.ToString();

    public void Dispose()
    {
        ignored.Dispose();
        provider.Dispose();
    }
}
