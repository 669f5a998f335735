using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Rke.Dns;
using Rke.Gateway.Calls;
using Rke.Lookup;
using Rke.Lookup.Caching;
using Rke.Lookup.Memberships;
using Rke.Lookup.Sources;
using Rke.UdpBridge;
using Rke.V1;
using KeyServer = Rke.Lookup.Memberships.KeyServer;
using Membership = Rke.Lookup.Memberships.Membership;

namespace Rke.Gateway.Tests.Lookup;

public class LookupServiceTests
{
    private const string Services = "_rke._udp.example.com";
    private const string Texts = "raida.example.com";

    private readonly StubSource source = new();
    private readonly FakeTimeProvider time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_records_the_answer_is_network_6_at_the_domain_itself()
    {
        var answer = await FindAsync();

        Assert.Equal(LookupSource.Default, answer.Source);
        Assert.Equal(new HostEndpoint("example.com", 75), Assert.Single(answer.Signals));
        Assert.Equal(new Membership("example.com", 6), Assert.Single(answer.Records.Memberships));
        Assert.True(answer.Records.IsAnonymousFine);
        Assert.Equal(TimeSpan.FromMinutes(1), answer.Ttl);
    }

    [Theory]
    [InlineData(null, "17", "example.com:75", "17")]
    [InlineData("s.example.com", null, "s.example.com:7575", "6")]
    [InlineData("s.example.com", "[example.com] co=9; srv_port=1", "s.example.com:7575", "9")]
    [InlineData(null, "[*.example.com] co=9; srv_port=1", "example.com:1", "9")]
    [InlineData(null, "[*.example.com] co=9; srv_target=192.0.2.1", "192.0.2.1:75", "9")]
    [InlineData(null, "anonymous=ok", "example.com:75", "6")]
    [InlineData(null, "nonsense", "example.com:75", "6")]
    [InlineData(null, "r0=a.example 1 2", "example.com:75", "")]
    [InlineData(".", "17", "", "17")]
    [InlineData(".", "[example.com] srv_port=1", "", "6")]
    public async Task Records_are_combined(string? service, string? text, string signals, string networks)
    {
        if (service is not null)
        {
            source.Services[Services] = Answer(new ServiceTarget(service, 7575));
        }

        if (text is not null)
        {
            source.Texts[Texts] = Answer(text);
        }

        var answer = await FindAsync();

        Assert.Equal(LookupSource.Dns, answer.Source);
        Assert.Equal(signals, string.Join(' ', answer.Signals.Select(one => $"{one.Host}:{one.Port}")));
        Assert.Equal(networks, string.Join(' ', answer.Records.Memberships.Select(one => one.Network)));
    }

    [Fact]
    public async Task Texts_of_the_service_name_are_used_only_without_texts_of_raida()
    {
        source.Texts[Services] = Answer("1");
        Assert.Equal(1, Assert.Single((await FindAsync()).Records.Memberships).Network);

        source.Texts[Texts] = Answer("2");
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(2, Assert.Single((await FindAsync()).Records.Memberships).Network);
    }

    [Fact]
    public async Task A_failure_is_never_a_negative_answer()
    {
        source.Services[Services] = SourceAnswer<ServiceTarget>.Failed("no resolver");
        source.Texts[Texts] = Answer("2");
        var result = await Create().LookupAsync("example.com", Cancellation);
        Assert.Equal((LookupFailure.Unavailable, "no resolver"), (result.Failure, result.Detail));

        source.Services.Clear();
        source.Texts[Texts] = SourceAnswer<string>.Failed("no resolver");
        Assert.Equal(LookupFailure.Unavailable, (await Create().LookupAsync("example.com", Cancellation)).Failure);
    }

    [Fact]
    public async Task Invalid_services_are_reported_and_skipped()
    {
        source.Services[Services] = Answer(
            new ServiceTarget(@"bad\032host.example", 1, 1), new ServiceTarget("ok.example", 0, 2),
            new ServiceTarget("Good.Example", 3, 3));
        var answer = await FindAsync();

        Assert.Equal(new HostEndpoint("good.example", 3), Assert.Single(answer.Signals));
        Assert.Equal([@"SRV 1 0 1 bad\\032host.example", "SRV 2 0 0 ok.example"], answer.Records.Unreadable);
    }

    [Fact]
    public async Task The_minimum_ttl_counts_down_until_the_answer_is_stale()
    {
        source.Services[Services] = new SourceAnswer<ServiceTarget>(
            [new ServiceTarget("s.example.com", 1)], TimeSpan.FromSeconds(30));
        source.Texts[Texts] = new SourceAnswer<string>(["1"], TimeSpan.FromSeconds(20));
        var service = Create();
        Assert.Equal(20, (await FindAsync(service)).Ttl.TotalSeconds);

        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(5, (await FindAsync(service)).Ttl.TotalSeconds);

        source.Texts[Texts] = SourceAnswer<string>.Failed("no resolver");
        time.Advance(TimeSpan.FromSeconds(5));
        var stale = await FindAsync(service);
        Assert.True(stale.IsStale);
        Assert.Equal(TimeSpan.Zero, stale.Ttl);
        Assert.Equal(new HostEndpoint("s.example.com", 1), Assert.Single(stale.Signals));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a..com", "label")]
    [InlineData("127.0.0.1", "address")]
    [InlineData("::1", "address")]
    [InlineData("1.2", "address")]
    [InlineData("b\u00fccher.com", "xn--")]
    [InlineData("a b.com", "character")]
    public async Task An_invalid_domain_is_rejected_with_the_reason(string domain, string reason)
    {
        var result = await Create().LookupAsync(domain, Cancellation);

        Assert.Equal(LookupFailure.InvalidName, result.Failure);
        Assert.Contains(reason, result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_too_long_for_its_service_name_is_rejected()
    {
        var label = new string('a', 60);
        var result = await Create().LookupAsync($"{label}.{label}.{label}.{label}.com", Cancellation);

        Assert.Equal(LookupFailure.InvalidName, result.Failure);
    }

    [Fact]
    public async Task Each_name_has_its_source()
    {
        var raida = new StubSource { Kind = LookupSource.Raida };
        raida.Texts["raida.cloudcoin.raida"] = Answer("6");
        raida.Addresses["cloudcoin.raida"] = Answer(IPAddress.Loopback);
        var service = Create(raida);

        var found = await service.LookupAsync("cloudcoin.raida", Cancellation);
        Assert.Equal(LookupSource.Raida, found.Value?.Source);
        Assert.True((await service.ResolveAddressesAsync("cloudcoin.raida", Cancellation)).IsFound);

        var alone = Create();
        Assert.Equal(LookupFailure.NoSource, (await alone.LookupAsync("a.raida", Cancellation)).Failure);
        Assert.Equal(LookupFailure.NoSource, (await alone.ResolveAddressesAsync("a.raida", Cancellation)).Failure);
    }

    [Fact]
    public async Task Addresses_are_found_in_the_text_the_hosts_file_or_the_source()
    {
        source.Addresses["a.com"] = Answer(IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1"));
        source.Addresses["failing.com"] = SourceAnswer<IPAddress>.Failed("no resolver");
        var service = Create();

        Assert.Equal("192.0.2.9", await ResolveAsync(service, "192.0.2.9"));
        Assert.Equal("2001:db8::9", await ResolveAsync(service, "2001:DB8::9"));
        Assert.Equal("192.0.2.1 2001:db8::1", await ResolveAsync(service, "A.com."));
        Assert.Equal("10.0.0.1 10.0.0.2", await ResolveAsync(service, "known.com"));
        Assert.Equal("NoAddress", await ResolveAsync(service, "nothing.com"));
        Assert.Equal("Unavailable", await ResolveAsync(service, "failing.com"));
        Assert.Equal("InvalidName", await ResolveAsync(service, "127.1"));
        Assert.Equal("InvalidName", await ResolveAsync(service, "0x7f.1."));
        Assert.Equal("InvalidName", await ResolveAsync(service, ""));
    }

    [Fact]
    public void An_answer_becomes_the_response()
    {
        var answer = new LookupAnswer(
            Tests.Dns.Names.Parse("example.com"),
            LookupSource.Dns,
            [new HostEndpoint("s.example.com", 7575), new HostEndpoint("t.example.com", 1)],
            new MembershipRecords(
                [
                    new Membership("*.example.com", 17, 1, 2, new(-3, 4), 5, 6, new HostEndpoint("h", 7)),
                    new Membership("example.com", 6),
                ],
                [new KeyServer(24, new HostEndpoint("k", 8), ulong.MaxValue)],
                IsAnonymousFine: true,
                Signal: null,
                ["junk"]),
            TimeSpan.FromSeconds(90),
            IsStale: true);

        Assert.Equal(
            new LookupResponse
            {
                Source = LookupResponse.Types.Source.Dns,
                Signal = new Endpoint { Host = "s.example.com", Port = 7575 },
                Memberships =
                {
                    new V1.Membership
                    {
                        HostPattern = "*.example.com",
                        Network = 17,
                        Stripe = 2,
                        Coin = new Coin { Denomination = -3, SerialNumber = 4 },
                        ClientPrivacy = 5,
                        ServerAuthentication = 6,
                        Signal = new Endpoint { Host = "h", Port = 7 },
                    },
                    new V1.Membership { HostPattern = "example.com", Network = 6 },
                },
                KeyServers =
                {
                    new V1.KeyServer
                    {
                        RaidaId = 24,
                        Endpoint = new Endpoint { Host = "k", Port = 8 },
                        KeyNumber = ulong.MaxValue,
                    },
                },
                Anonymous = true,
                Ttl = new Google.Protobuf.WellKnownTypes.Duration { Seconds = 90 },
                Stale = true,
                Unreadable = { "junk" },
            },
            answer.ToResponse());
        Assert.Null((answer with { Signals = [] }).ToResponse().Signal);
    }

    private static SourceAnswer<T> Answer<T>(params T[] records) => new(records, TimeSpan.FromMinutes(5));

    private static async Task<string> ResolveAsync(LookupService service, string host)
    {
        var result = await service.ResolveAddressesAsync(host, Cancellation);
        return result.Value is { } addresses ? string.Join(' ', addresses) : result.Failure.ToString();
    }

    private async Task<LookupAnswer> FindAsync(LookupService? service = null)
    {
        var result = await (service ?? Create()).LookupAsync("Example.com", Cancellation);
        Assert.True(result.IsFound, result.Detail);
        return result.Value;
    }

    private LookupService Create(params IRecordSource[] others)
    {
        var options = Options.Create(new DnsOptions());
        var names = new NetworkNames();
        var sources = new RecordSources([source, .. others], names, options);
        return new LookupService(
            new DomainFetch(sources, names, NullLogger<DomainFetch>.Instance),
            new AddressFetch(sources, HostsFile.Parse(
                ["# 10.0.0.9 known.com", "10.0.0.1 known.com other", "nonsense known.com", "10.0.0.2\tknown.com # x"])),
            options,
            new NoSharedCache(),
            new SeededEntropy(1),
            time,
            NullLogger<LookupService>.Instance);
    }
}
