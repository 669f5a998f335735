using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Rke.Dns;
using Rke.Gateway.Calls;
using Rke.Lookup;
using Rke.Lookup.Caching;
using Rke.Lookup.Sources;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Lookup;

/// <summary><c>Rke:Dns:Via</c> = both: the comparison of DNS and the key servers.</summary>
public class BothSourcesTests
{
    private const string Services = "_rke._udp.example.com";
    private const string Texts = "raida.example.com";

    private readonly StubSource dns = new();
    private readonly StubSource raida = new() { Kind = LookupSource.Raida };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Equal_answers_have_no_conflict()
    {
        dns.Services[Services] = Answer(
            new ServiceTarget("s.example.com", 75, 1, 1), new ServiceTarget("t.example.com", 76));
        dns.Addresses["s.example.com"] = Answer(IPAddress.Parse("192.0.2.1"));
        raida.Services[Services] = Answer(new ServiceTarget("192.0.2.1", 75));
        dns.Texts[Texts] = Answer("1", "2\n3");
        raida.Texts[Texts] = Answer("2\n3\n1");
        var answer = await FindAsync();

        Assert.Equal(LookupSource.Dns, answer.Source);
        Assert.Equal("t.example.com", answer.Signals[0].Host);
        Assert.Empty(answer.Conflicts);
        Assert.Equal(3, answer.Records.Memberships.Count);
    }

    [Fact]
    public async Task A_difference_is_reported_and_the_records_of_the_key_servers_are_used()
    {
        dns.Services[Services] = Answer(new ServiceTarget("s.example.com", 75));
        dns.Addresses["s.example.com"] = Answer(IPAddress.Parse("198.51.100.66"));
        raida.Services[Services] = Answer(new ServiceTarget("192.0.2.1", 75));
        dns.Texts[Texts] = Answer("666", "17");
        raida.Texts[Texts] = Answer("17");
        var answer = await FindAsync();

        Assert.Equal(LookupSource.Raida, answer.Source);
        Assert.Equal("192.0.2.1", Assert.Single(answer.Signals).Host);
        Assert.Equal(17, Assert.Single(answer.Records.Memberships).Network);
        Assert.Equal(
            [
                "SRV _rke._udp.example.com: DNS has s.example.com:75, the key servers have 192.0.2.1:75",
                "TXT raida.example.com: only DNS has '666'",
            ],
            answer.Conflicts);
        Assert.Equal(answer.Conflicts, answer.ToResponse().Conflicts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_record_of_only_one_source_is_used_and_reported(bool isDns)
    {
        (isDns ? dns : raida).Texts[Texts] = Answer("17");
        var answer = await FindAsync();

        Assert.Equal(isDns ? LookupSource.Dns : LookupSource.Raida, answer.Source);
        Assert.Equal(17, Assert.Single(answer.Records.Memberships).Network);
        Assert.Single(answer.Conflicts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task If_one_source_fails_the_records_of_the_other_are_used_but_not_its_negative_answer(bool isDns)
    {
        var (up, down) = isDns ? (dns, raida) : (raida, dns);
        up.Texts[Texts] = Answer("17");
        up.Services[Services] = Answer(new ServiceTarget("192.0.2.1", 75));
        down.Texts[Texts] = SourceAnswer<string>.Failed("down");
        down.Services[Services] = SourceAnswer<ServiceTarget>.Failed("down");
        var answer = await FindAsync();
        Assert.Equal(17, Assert.Single(answer.Records.Memberships).Network);
        Assert.Equal(2, answer.Conflicts.Count);
        Assert.All(answer.Conflicts, line => Assert.EndsWith("answered; down", line, StringComparison.Ordinal));

        up.Services.Clear();
        var result = await Create().LookupAsync("example.com", Cancellation);
        Assert.Equal((LookupFailure.Unavailable, "down"), (result.Failure, result.Detail));
    }

    [Fact]
    public async Task Key_servers_without_texts_cause_no_conflict()
    {
        dns.Texts[Texts] = Answer("17");
        raida.Texts[Texts] = SourceAnswer<string>.Unsupported;
        var answer = await FindAsync();
        Assert.Equal(LookupSource.Dns, answer.Source);
        Assert.Empty(answer.Conflicts);
    }

    [Fact]
    public async Task Addresses_are_compared_only_with_those_that_key_servers_can_have()
    {
        dns.Addresses["a.com"] = Answer(IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1"));
        raida.Addresses["a.com"] = Answer(IPAddress.Parse("192.0.2.1"));
        dns.Addresses["b.com"] = Answer(IPAddress.Parse("198.51.100.66"));
        raida.Addresses["b.com"] = Answer(IPAddress.Parse("192.0.2.2"));
        var service = Create();
        Assert.Equal(2, (await service.ResolveAddressesAsync("a.com", Cancellation)).Value!.Count);
        var differing = await service.ResolveAddressesAsync("b.com", Cancellation);
        Assert.Equal(IPAddress.Parse("192.0.2.2"), Assert.Single(differing.Value!));
    }

    private static SourceAnswer<T> Answer<T>(params T[] records) => new(records, TimeSpan.FromMinutes(5));

    private async Task<LookupAnswer> FindAsync()
    {
        var result = await Create().LookupAsync("example.com", Cancellation);
        Assert.True(result.IsFound, result.Detail);
        return result.Value;
    }

    private LookupService Create()
    {
        var options = Options.Create(new DnsOptions { Via = DnsVia.Both });
        var names = new NetworkNames();
        var sources = new RecordSources([dns, raida], names, options);
        return new LookupService(
            new DomainFetch(sources, names, NullLogger<DomainFetch>.Instance),
            new AddressFetch(sources, HostsFile.Parse([])),
            options,
            new NoSharedCache(),
            new SeededEntropy(1),
            new FakeTimeProvider(),
            NullLogger<LookupService>.Instance);
    }
}
