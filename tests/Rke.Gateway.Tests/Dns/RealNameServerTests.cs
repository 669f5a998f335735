using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Rke.Dns;
using Rke.Lookup;
using Rke.Lookup.Memberships;
using Rke.Wire;

namespace Rke.Gateway.Tests.Dns;

/// <summary>The same tests against NSD and BIND, from the codec to the lookup.</summary>
public class RealNameServerTests(NameServersFixture servers) : IClassFixture<NameServersFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task Every_truncated_prefix_of_a_real_reply_is_rejected(string program)
    {
        var name = Names.Parse("raida.all.example.test");
        var query = DnsQuery.Create(name, DnsType.Txt, RandomNumberGenerator.Create(), mixCase: true, extended: true);
        using var udp = new UdpClient();
        udp.Connect(System.Net.IPEndPoint.Parse(servers.ResolverOf(program)));
        await udp.SendAsync(query.Bytes, Cancellation);
        var reply = (await udp.ReceiveAsync(Cancellation)).Buffer;

        Assert.Equal(ReplyVerdict.Matches, query.Check(reply, out var read));
        Assert.Equal(5, read!.Answers.Count);
        for (var length = 0; length < reply.Length; length++)
        {
            Assert.Equal(DnsReadError.Truncated, DnsReply.TryRead(reply.AsSpan(0, length), out _));
        }
    }

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task Every_type_is_answered(string program)
    {
        using var kit = new ResolverKit(servers.ResolverOf(program));

        var services = await kit.AskAsync("_rke._udp.all.example.test", DnsType.Srv);
        Assert.Equal(
            ["10 0 7575 signal.example.test", "20 0 9 backup.example.test"],
            services.Records.Cast<ServiceRecord>()
                .Select(one => $"{one.Priority} {one.Weight} {one.Port} {one.Target}".ToLowerInvariant())
                .Order(StringComparer.Ordinal));
        Assert.Equal(TimeSpan.FromSeconds(200), services.Ttl);
        Assert.Equal(
            "192.0.2.10", ResolverKit.AddressOf(await kit.AskAsync("signal.example.test", DnsType.A)));
        Assert.Equal(
            "2001:db8::10", ResolverKit.AddressOf(await kit.AskAsync("signal.example.test", DnsType.Aaaa)));
        Assert.Equal(5, (await kit.AskAsync("raida.all.example.test", DnsType.Txt)).Records.Count);
    }

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task A_long_text_is_read_over_tcp(string program)
    {
        using var kit = new ResolverKit(servers.ResolverOf(program));

        var answer = await kit.AskAsync("raida.long.example.test", DnsType.Txt);

        var text = Assert.IsType<TextRecord>(Assert.Single(answer.Records));
        Assert.Equal(Zones.LongText, string.Concat(text.Strings.Select(Encoding.ASCII.GetString)));
        Assert.True(Zones.LongText.Length > DnsQuery.DatagramLimit);
    }

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task No_data_and_no_such_name_are_different(string program)
    {
        using var kit = new ResolverKit(servers.ResolverOf(program));

        var noData = await kit.AskAsync("raida.empty.example.test", DnsType.Txt);
        Assert.Equal((DnsOutcome.NoData, TimeSpan.FromSeconds(30)), (noData.Outcome, noData.Ttl));
        var noName = await kit.AskAsync("nobody.example.test", DnsType.Txt);
        Assert.Equal((DnsOutcome.NoName, TimeSpan.FromSeconds(30)), (noName.Outcome, noName.Ttl));
        Assert.Equal(DnsOutcome.ServerFailed, (await kit.AskAsync("elsewhere.invalid", DnsType.Txt)).Outcome);
    }

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task Aliases_are_followed_within_bounds(string program)
    {
        using var kit = new ResolverKit(servers.ResolverOf(program));

        var inside = await kit.AskAsync("raida.alias.example.test", DnsType.Txt);
        Assert.Equal((5, TimeSpan.FromSeconds(60)), (inside.Records.Count, inside.Ttl));
        Assert.Equal("192.0.2.20", ResolverKit.AddressOf(await kit.AskAsync("away.example.test", DnsType.A)));

        // NSD returns the circle of aliases. BIND returns SERVFAIL.
        Assert.False((await kit.AskAsync("circle.example.test", DnsType.A)).IsConclusive);
    }

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task A_domain_with_all_records_is_looked_up(string program)
    {
        await using var provider = Provide(program);
        var lookup = provider.GetRequiredService<LookupService>();

        foreach (var domain in new[] { "all.example.test", "ALIAS.example.test." })
        {
            var answer = (await lookup.LookupAsync(domain, Cancellation)).Value!;
            Assert.Equal(LookupSource.Dns, answer.Source);
            Assert.Equal(
                [new("signal.example.test", 7575), new HostEndpoint("backup.example.test", 9)], answer.Signals);
            Assert.Equal([1, 2, 17, 65534], answer.Records.Memberships.Select(one => (int)one.Network).Order());
            Assert.Equal(
                new Membership("*.all.example.test", 65534, Coin: new CoinId(1, 7), ServerAuthentication: 2),
                answer.Records.Memberships.Single(one => one.Coin is not null));
            Assert.Equal(
                [new(0, new HostEndpoint("rke.secure.com", 30000), 89828293),
                    new KeyServer(1, new HostEndpoint("rke.secure.com", 30000), 89828293)],
                answer.Records.KeyServers.OrderBy(server => server.RaidaId));
            Assert.True(answer.Records.IsAnonymousFine);
            Assert.Equal(["what is this"], answer.Records.Unreadable);
            Assert.InRange(answer.Ttl, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120));
        }

        var addresses = await lookup.ResolveAddressesAsync("signal.example.test", Cancellation);
        Assert.Equal("192.0.2.10 2001:db8::10", string.Join(' ', addresses.Value!));
        addresses = await lookup.ResolveAddressesAsync("localhost", Cancellation);
        Assert.Contains(System.Net.IPAddress.Loopback, addresses.Value!);
        addresses = await lookup.ResolveAddressesAsync("nobody.example.test", Cancellation);
        Assert.Equal(LookupFailure.NoAddress, addresses.Failure);
    }

    [Theory]
    [InlineData(NameServer.Nsd, "nobody.example.test", nameof(LookupSource.Default), "nobody.example.test:75", "6")]
    [InlineData(NameServer.Named, "nobody.example.test", nameof(LookupSource.Default), "nobody.example.test:75", "6")]
    [InlineData(NameServer.Nsd, "empty.example.test", nameof(LookupSource.Default), "empty.example.test:75", "6")]
    [InlineData(NameServer.Named, "empty.example.test", nameof(LookupSource.Default), "empty.example.test:75", "6")]
    [InlineData(NameServer.Nsd, "service.example.test", nameof(LookupSource.Dns), "service.example.test:75", "5")]
    [InlineData(NameServer.Named, "service.example.test", nameof(LookupSource.Dns), "service.example.test:75", "5")]
    [InlineData(NameServer.Nsd, "refusing.example.test", nameof(LookupSource.Dns), "", "6")]
    [InlineData(NameServer.Named, "refusing.example.test", nameof(LookupSource.Dns), "", "6")]
    [InlineData(NameServer.Nsd, "localhost", nameof(LookupSource.Default), "localhost:75", "6")]
    public async Task Other_domains_are_looked_up(
        string program, string domain, string source, string signals, string networks)
    {
        await using var provider = Provide(program);
        var answer = (await provider.GetRequiredService<LookupService>().LookupAsync(domain, Cancellation)).Value!;

        Assert.Equal(source, answer.Source.ToString());
        Assert.Equal(signals, string.Join(' ', answer.Signals.Select(one => $"{one.Host}:{one.Port}")));
        Assert.Equal(networks, string.Join(' ', answer.Records.Memberships.Select(one => one.Network)));
    }

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task Long_sections_are_read_completely(string program)
    {
        await using var provider = Provide(program);
        var lookup = provider.GetRequiredService<LookupService>();
        var answer = (await lookup.LookupAsync("long.example.test", Cancellation)).Value!;

        Assert.Equal(Enumerable.Range(100, 60), answer.Records.Memberships.Select(one => (int)one.Network));
        Assert.Empty(answer.Records.Unreadable);
    }

    [Theory]
    [InlineData(NameServer.Nsd)]
    [InlineData(NameServer.Named)]
    public async Task Each_lookup_orders_services_of_the_same_priority_again(string program)
    {
        await using var provider = Provide(program);
        var lookup = provider.GetRequiredService<LookupService>();
        var first = new HashSet<int>();
        for (var index = 0; index < 100; index++)
        {
            var answer = (await lookup.LookupAsync("weighted.example.test", Cancellation)).Value!;
            Assert.Equal(3, answer.Signals.Count);
            Assert.Equal(3, answer.Signals[2].Port);
            first.Add(answer.Signals[0].Port);
        }

        Assert.Equal([1, 2], first.Order());
    }

    private ServiceProvider Provide(string program) => new ServiceCollection()
        .AddLogging()
        .AddLookup()
        .Configure<DnsOptions>(options =>
        {
            options.Resolver = servers.ResolverOf(program);
            options.Timeout = TimeSpan.FromSeconds(20);
            options.FirstWait = TimeSpan.FromSeconds(5);
        })
        .BuildServiceProvider();
}
