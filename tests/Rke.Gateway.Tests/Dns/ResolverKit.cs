using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Rke.Gateway.Dns;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Dns;

/// <summary>A resolver client for tests, and what it counted.</summary>
internal sealed class ResolverKit : IDisposable
{
    private readonly ServiceProvider provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<string, long> ignored = new();

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
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == factory && instrument.Name == "rke.dns.ignored_replies")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            ignored.AddOrUpdate((string)tags[0].Value!, value, (_, sum) => sum + value));
        listener.Start();
        Resolver = new StubResolver(
            Microsoft.Extensions.Options.Options.Create(Options),
            new DnsTransport(TimeProvider.System, meter),
            meter,
            new SystemEntropy(),
            TimeProvider.System,
            NullLogger<StubResolver>.Instance);
    }

    public DnsOptions Options { get; }

    public StubResolver Resolver { get; }

    public long Ignored(ReplyVerdict verdict) => ignored.GetValueOrDefault(verdict.ToString());

    public Task<DnsAnswer> AskAsync(string name, DnsType type) =>
        Resolver.AskAsync(Names.Parse(name), type, TestContext.Current.CancellationToken);

    public static string AddressOf(DnsAnswer answer) =>
        Assert.IsType<AddressRecord>(Assert.Single(answer.Records)).Address.ToString();

    public void Dispose()
    {
        listener.Dispose();
        provider.Dispose();
    }
}
