using System.Net;
using Microsoft.Extensions.Configuration;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Hosting;
using Rke.Gateway.Idempotency;
using Rke.Gateway.Networks;
using Rke.Gateway.Redis;
using Rke.Gateway.Targets;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Tests.Configuration;

public sealed class SettingsTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Fact]
    public void Without_configuration_the_network_is_embedded()
    {
        var settings = Read([]);
        Assert.True(settings.Of<NetworksOptions>().Networks is []);
        Assert.Equal("http://127.0.0.1:5001", settings.Of<GrpcOptions>().Url.ToString());
        Assert.Equal("http://127.0.0.1:5002", settings.Of<HttpOptions>().Url.ToString());
        Assert.Equal(75, settings.Of<SignalOptions>().Port);
        Assert.Equal(0, settings.Of<CoinLimitOptions>().Posts);
        Assert.Empty(settings.Of<TargetsOptions>().Allow);
    }

    [Fact]
    public void The_default_key_lifetime_is_that_of_the_key_server()
    {
        var settings = Read(new() { ["Rke:Networks:0:Id"] = "7", ["Rke:Networks:0:Servers:3"] = "127.0.0.1:50003" });
        Assert.Equal(TimeSpan.FromMinutes(10), Assert.Single(settings.Of<NetworksOptions>().Networks).KeyLifetime);
    }

    [Fact]
    public void Every_documented_key_is_read()
    {
        var settings = Read(new()
        {
            ["Rke:Grpc:Url"] = "http://*:7001",
            ["Rke:Grpc:DefaultDeadline"] = "00:00:02.5",
            ["Rke:Grpc:MaxCalls"] = "17",
            ["Rke:Http:Url"] = "http://[::1]:0",
            ["Rke:Networks:0:Id"] = "65534",
            ["Rke:Networks:0:Name"] = "local.raida",
            ["Rke:Networks:0:Profile"] = "RAIDAX",
            ["Rke:Networks:0:ResponseIv"] = "continued",
            ["Rke:Networks:0:KeyLifetime"] = "02:00:00",
            ["Rke:Networks:0:Servers:14"] = "127.0.0.1:50014",
            ["Rke:Networks:0:Servers:24"] = "Raida24.Example.com:50024",
            ["Rke:Networks:1:Servers:0"] = "[2001:db8::7]:50000",
            ["Rke:Keys:Path"] = Folder,
            ["Rke:Keys:Settle"] = "00:00:01",
            ["Rke:Keys:Rescan"] = "00:05:00",
            ["Rke:Dns:Resolver"] = "127.0.0.1:5353",
            ["Rke:Signal:Port"] = "1075",
            ["Rke:Targets:Allow:0"] = "198.51.100.0/24",
            ["Rke:Targets:Allow:1"] = "Receiver.Example",
            ["Rke:Targets:Allow:2"] = "2001:db8::1",
            ["Rke:Limits:Coin:Posts"] = "3",
            ["Rke:Limits:Coin:Window"] = "00:10:00",
            ["Rke:Limits:Coin:Rest"] = "00:00:30",
            ["Rke:Idempotency:Keep"] = "1.00:00:00",
            ["Rke:Idempotency:Capacity"] = "5",
            ["Rke:Bridge:SocketsPerServer"] = "2",
            ["Rke:Bridge:InitialRetransmission"] = "00:00:00.100",
        });
        Assert.Equal("http://[::]:7001", settings.Of<GrpcOptions>().Url.ToString());
        Assert.Equal(TimeSpan.FromSeconds(2.5), settings.Of<AdmissionOptions>().DefaultDeadline);
        Assert.Equal(17, settings.Of<AdmissionOptions>().MaxCalls);
        Assert.Equal("http://[::1]:0", settings.Of<HttpOptions>().Url.ToString());
        var network = settings.Of<NetworksOptions>().Networks[0];
        Assert.Equal((65534, "local.raida", WireProfile.Raidax), (network.Id, network.Domain, network.Profile));
        Assert.Equal(ResponseIv.Continued, network.ResponseIv);
        Assert.Equal(TimeSpan.FromHours(2), network.KeyLifetime);
        Assert.Equal(new("127.0.0.1", 50014), network.Servers[14]);
        Assert.Equal(new("raida24.example.com", 50024), network.Servers[24]);
        Assert.Equal(6, settings.Of<NetworksOptions>().Networks[1].Id);
        Assert.Equal(WireProfile.Rke, settings.Of<NetworksOptions>().Networks[1].Profile);
        Assert.Equal(ResponseIv.Same, settings.Of<NetworksOptions>().Networks[1].ResponseIv);
        Assert.Equal(new("2001:db8::7", 50000), settings.Of<NetworksOptions>().Networks[1].Servers[0]);
        Assert.Equal(
            new() { Path = Folder, Settle = TimeSpan.FromSeconds(1), Rescan = TimeSpan.FromMinutes(5) },
            settings.Of<KeysOptions>());
        Assert.Equal(1075, settings.Of<SignalOptions>().Port);
        Assert.Equal(["198.51.100.0/24", "2001:db8::1/128"], settings.Of<TargetsOptions>().Allow.Select(target => target.Range).OfType<IPNetwork>().Select(range => range.ToString()));
        Assert.Equal(["receiver.example"], settings.Of<TargetsOptions>().Allow.Select(target => target.Host).OfType<string>());
        Assert.Equal(
            new() { Posts = 3, Window = TimeSpan.FromMinutes(10), Rest = TimeSpan.FromSeconds(30) },
            settings.Of<CoinLimitOptions>());
        Assert.Equal(new() { Keep = TimeSpan.FromDays(1), Capacity = 5 }, settings.Of<IdempotencyOptions>());
        Assert.Equal(2, settings.Of<UdpBridgeOptions>().SocketsPerServer);
    }

    [Fact]
    public void Sentinels_and_the_ACL_user_of_Redis_reach_the_gateway()
    {
        var redis = Read(new()
        {
            ["Rke:Redis:Endpoints"] = "[::1]:26379, sentinel.example:26379",
            ["Rke:Redis:SentinelService"] = "coins",
            ["Rke:Redis:User"] = "rke",
            ["Rke:Redis:Password"] = "s3cret",
        }).Of<RedisOptions>();
        Assert.Equal([new("::1", 26379), new("sentinel.example", 26379)], redis.Endpoints);
        Assert.Equal(("coins", "rke", "s3cret"), (redis.SentinelService, redis.User, redis.Password));
        Assert.Equal("[::1]:26379, sentinel.example:26379", redis.ToString());
    }

    [Theory]
    [InlineData("Rke:Grpc:Url", "127.0.0.1:5001", "http://127.0.0.1:5001")]
    [InlineData("Rke:Grpc:Url", "ftp://127.0.0.1:5001", "http://")]
    [InlineData("Rke:Grpc:Url", "https://127.0.0.1:5001", "the file's path", "Rke:Grpc:Tls:Certificate")]
    [InlineData("Rke:Http:Url", "https://127.0.0.1:5002", "http://")]
    [InlineData("Rke:Grpc:Url", "http://example.com:5001", "IP address")]
    [InlineData("Rke:Grpc:Url", "http://127.0.0.1:70000", "port")]
    [InlineData("Rke:Http:Url", "http://127.0.0.1:5001", "another port")]
    [InlineData("Rke:Grpc:DefaultDeadline", "5", "such as 5s, 2m or 00:00:05")]
    [InlineData("Rke:Grpc:DefaultDeadline", "00:00:00", "from 00:00:00.0100000")]
    [InlineData("Rke:Grpc:MaxCalls", "0", "from 1")]
    [InlineData("Rke:Networks:0:Id", "0", "from 1 to 65535")]
    [InlineData("Rke:Networks:0:Id", "six", "whole number")]
    [InlineData("Rke:Networks:0:Profile", "raida", "rke or raidax")]
    [InlineData("Rke:Networks:0:Profile", "1", "rke or raidax")]
    [InlineData("Rke:Networks:0:ResponseIv", "maybe", "write same or continued")]
    [InlineData("Rke:Networks:0:ResponseIv", "auto", "write same or continued")]
    [InlineData("Rke:Networks:0:ResponseIv", "continued", "raidax")]
    [InlineData("Rke:Networks:0:Servers:25", "127.0.0.1:50025", "0 to 24")]
    [InlineData("Rke:Networks:0:Servers:x", "127.0.0.1:50025", "0 to 24")]
    [InlineData("Rke:Networks:0:Servers:014", "127.0.0.1:50025", "without leading zeros")]
    [InlineData("Rke:Networks:0:Servers:3", "127.0.0.1", "host:port")]
    [InlineData("Rke:Networks:0:Servers:3", "127.0.0.1:0", "host:port")]
    [InlineData("Rke:Networks:0:Servers:3", "::1:50003", "host:port")]
    [InlineData("Rke:Networks:0:Servers:3", "127.1:50003", "host:port")]
    [InlineData("Rke:Networks:1:Id", "7", "no key server", "Rke:Networks:1:Servers:0")]
    [InlineData("Rke:Networks:1:Servers:0", "127.0.0.1:1", "stands twice", "Rke:Networks:1:Id")]
    [InlineData("Rke:Keys:Path", "there/is/none", "no folder")]
    [InlineData("Rke:Keys:Rescan", "1", "such as 5s")]
    [InlineData("Rke:Dns:Resolver", "nowhere", "127.0.0.1:5353")]
    [InlineData("Rke:Dns:Timeout", "soon", "Rke:Dns:Timeout", "Rke:Dns")]
    [InlineData("Rke:Signal:Port", "65536", "from 1 to 65535")]
    [InlineData("Rke:Signal:Listen", "0.0.0.0", "an IP address and a port")]
    [InlineData("Rke:Signal:Listen", "::1:75", "an IP address and a port")]
    [InlineData("Rke:Signal:Listen", "[::]", "an IP address and a port")]
    [InlineData("Rke:Signal:Listen", "example.com:75", "an IP address and a port")]
    [InlineData("Rke:Targets:Allow:0", "10.0.0.0/33", "range", "Rke:Targets:Allow:0")]
    [InlineData("Rke:Targets:Allow", "ok.example, not ok", "range", "Rke:Targets:Allow")]
    [InlineData("Rke:Limits:Coin:Posts", "-1", "from 0")]
    [InlineData("Rke:Limits:Coin:Window", "1 hour", "such as 5s")]
    [InlineData("Rke:Redis:SentinelService", "coins", "Rke:Redis:Endpoints")]
    [InlineData("Rke:Redis:User", "rke", "Rke:Redis:Password")]
    [InlineData("Rke:Redis:Endpoints", "::1:6379", "host:port")]
    [InlineData("Rke:Idempotency:Capacity", "0", "from 1")]
    [InlineData("Rke:Bridge:MaxRetransmission", "00:00:00.001", "MinRetransmission", "Rke:Bridge:MinRetransmission")]
    [InlineData("Rke:Grpc:Ulr", "http://127.0.0.1:5001", "did you mean Rke:Grpc:Url?")]
    [InlineData("Rke:Networks:0:Severs:3", "127.0.0.1:50003", "no such key")]
    [InlineData("Rke:Nonsense", "1", "docs/CONFIGURATION.md")]
    public void A_mistake_names_the_key_and_the_fix(string key, string value, string fix, string? namedKey = null)
    {
        var exception = Assert.Throws<SettingsException>(() => Read(new()
        {
            ["Rke:Networks:0:Servers:14"] = "127.0.0.1:50014",
            [key] = value,
        }));
        var problem = Assert.Single(exception.Problems);
        Assert.StartsWith(namedKey ?? key, problem, StringComparison.Ordinal);
        Assert.Contains(fix, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5s", 5000)]
    [InlineData("500ms", 500)]
    [InlineData("1.5s", 1500)]
    [InlineData("1m30s", 90_000)]
    [InlineData("00:00:05", 5000)]
    [InlineData("00:00:00.250", 250)]
    public void Times_have_units_or_colons(string text, int milliseconds)
    {
        var time = TimeSpan.FromMilliseconds(milliseconds);
        Assert.Equal(time, Read(new() { ["Rke:Grpc:DefaultDeadline"] = text }).Of<AdmissionOptions>().DefaultDeadline);
        Assert.Equal(time, Read(new() { ["Rke:Dns:StaleFor"] = text }).Of<Rke.Dns.DnsOptions>().StaleFor);
    }

    [Fact]
    public void A_long_time_has_days()
    {
        var settings = Read(new() { ["Rke:Networks:0:Servers:0"] = "127.0.0.1:1", ["Rke:Networks:0:KeyLifetime"] = "7d12h" });
        Assert.Equal(new TimeSpan(7, 12, 0, 0), settings.Of<NetworksOptions>().Networks[0].KeyLifetime);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("5 s")]
    [InlineData("s")]
    [InlineData("")]
    [InlineData("5s1m")]
    [InlineData("5s5s")]
    [InlineData("-5s")]
    [InlineData("1..5s")]
    [InlineData("5sec")]
    [InlineData("1e400d")]
    [InlineData("99999999999999d")]
    public void Other_texts_are_no_times(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void All_problems_appear_at_once()
    {
        var exception = Assert.Throws<SettingsException>(() => Read(new()
        {
            ["Rke:Grpc:Url"] = "x",
            ["Rke:Networks:0:Profile"] = "x",
            ["Rke:Networks:0:Servers:99"] = "x",
            ["Rke:Limits:Coin:Posts"] = "x",
            ["Rke:Dns:Resolver"] = "x",
            ["Rke:X"] = "x",
        }));
        Assert.Equal(7, exception.Problems.Count);
    }

    [Fact]
    public void Problems_of_values_and_of_their_combinations_appear_together()
    {
        var exception = Assert.Throws<SettingsException>(() => Read(new()
        {
            ["Rke:Redis:Timeout"] = "1",
            ["Rke:Redis:User"] = "rke",
            ["Rke:Grpc:WebOrigins:1"] = "app.example.com",
            ["Rke:Grpc:Url"] = "https://127.0.0.1:5001",
            ["Rke:Limits:Caller:Overrides:3:PostsPerDay"] = "-1",
            ["Rke:Identity:Jwt:Issuer"] = "https://issuer.example",
        }));
        Assert.Equal(
            [
                "Rke:Redis:Timeout is '1': write a time such as 5s, 2m or 00:00:05, from 00:00:00.0050000 to 00:00:10.",
                "Rke:Redis:User: there is no password; write the user's password to Rke:Redis:Password.",
                "Rke:Grpc:WebOrigins:1 is 'app.example.com': write scheme, host and port, such as https://app.example.com, or *.",
                "Rke:Grpc:WebOrigins: it has no effect without Rke:Grpc:Web; set Rke:Grpc:Web to true, or remove it.",
                "Rke:Grpc:Tls:Certificate: is needed for https; write the file's path, in PEM.",
                "Rke:Limits:Caller:Overrides:3:PostsPerDay is '-1': write a whole number from 0 to 1000000000.",
                "Rke:Limits:Caller:Overrides:3:Id: is missing; write the name of the caller, such as spiffe://example.org/shop.",
                "Rke:Identity:Jwt:Keys: is missing; write the path of the issuer's JWKS file.",
                "Rke:Identity:Jwt:Audience: is missing; write the aud of tokens for this gateway.",
            ],
            exception.Problems.OrderBy(problem => Order(problem)));

        static int Order(string problem) => Array.FindIndex(
            ["Redis", "Grpc:WebOrigins:1", "Grpc:WebOrigins", "Grpc:Tls", "Limits", "Identity"],
            section => problem.StartsWith($"Rke:{section}", StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_without_a_network_are_rejected()
    {
        var exception = Assert.Throws<SettingsException>(() => Read(new() { ["Rke:Keys:Path"] = Folder }));
        Assert.StartsWith("Rke:Keys:Path:", Assert.Single(exception.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("raida", 2, true)]
    [InlineData("Both", 2, true)]
    [InlineData("both", 3, false)]
    [InlineData("raida", 0, false)]
    [InlineData("dns", 2, false)]
    public void Lookup_by_key_servers_needs_three_key_servers(string via, int servers, bool isMistake)
    {
        var settings = new Dictionary<string, string?> { ["Rke:Dns:Via"] = via };
        for (var raidaId = 0; raidaId < servers; raidaId++)
        {
            settings[$"Rke:Networks:0:Servers:{raidaId}"] = "192.0.2.1:50000";
            settings["Rke:Networks:0:Id"] = "6";
            settings["Rke:Keys:Path"] = Folder;
        }

        if (!isMistake)
        {
            Read(settings);
            return;
        }

        var exception = Assert.Throws<SettingsException>(() => Read(settings));
        Assert.Equal(
            $"Rke:Dns:Via: is {via.ToLowerInvariant()}, but network 6 has 2 of the 3 key servers that must agree on an answer; "
            + "configure more of them, or write dns.",
            Assert.Single(exception.Problems));
    }

    [Theory]
    [InlineData("0.0.0.0:75")]
    [InlineData("127.0.0.1:0")]
    [InlineData("[::]:75")]
    [InlineData("[2001:db8::1]:5075")]
    public void Signals_are_received_at_any_address_and_port(string listen) =>
        Assert.Equal(listen, $"{Read(new() { ["Rke:Signal:Listen"] = listen }).Of<SignalOptions>().Listen}");

    [Fact]
    public void Allowed_targets_can_be_in_one_value()
    {
        var settings = Read(new() { ["Rke:Targets:Allow"] = "10.0.0.0/8, receiver.example" });
        Assert.Equal([false, true], settings.Of<TargetsOptions>().Allow.Select(target => target.Range is null));
        Assert.Equal([true, false], settings.Of<TargetsOptions>().Allow.Select(target => target.Host is null));
    }

    private static GatewayOptions Read(Dictionary<string, string?> values) =>
        ConfigurationSections.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
}
