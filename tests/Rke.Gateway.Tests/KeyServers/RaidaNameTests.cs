using Grpc.Core;
using Rke.V1;
using Rke.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Rke.Gateway.Tests.KeyServers;

/// <summary>Name lookups at key servers: under one coin, with a majority of at least three.</summary>
public sealed class RaidaNameTests
{
    private const string Honest = """
        _rke._udp.cloudcoin.raida       SRV 192.0.2.1:7575
        raida.cloudcoin.raida           TXT "17" "[*.cloudcoin.raida] co=9; dn=1; id=7" "what is this"
        cloudcoin.raida                 A   192.0.2.9
        www.cloudcoin.raida             A   192.0.2.10
        _rke._udp.far.raida             SRV 192.0.2.3:1
        _rke._udp.example.test          SRV 192.0.2.1:7575
        raida.example.test              TXT "17" "anonymous=ok"
        """;

    private const string Lying = """
        _rke._udp.cloudcoin.raida       SRV 198.51.100.66:666
        raida.cloudcoin.raida           TXT "666"
        cloudcoin.raida                 A   198.51.100.66
        """;

    private const string RaidaxZone = """
        cloudcoin.raida  SRV 192.0.2.1:7575
        cloudcoin.raida  A   192.0.2.9
        """;

    [Fact]
    public async Task Names_under_raida_are_looked_up_at_key_servers_and_have_the_number_of_their_network()
    {
        await using var servers = await NameServers.StartAsync([Honest, Honest, Honest]);
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var answer = await LookupAsync(gateway, "CloudCoin.raida");

        Assert.Equal(LookupResponse.Types.Source.Raida, answer.Source);
        Assert.Equal(new Endpoint { Host = "192.0.2.1", Port = 7575 }, answer.Signal);
        Assert.Equal([6u, 17u, 9u], answer.Memberships.Select(membership => membership.Network));
        Assert.Equal(7u, answer.Memberships[2].Coin.SerialNumber);
        Assert.Equal(["what is this"], answer.Unreadable);
        Assert.Empty(answer.Conflicts);
        Assert.False(answer.Anonymous);
        Assert.Equal(600, answer.Ttl.Seconds);

        // With only an A record, the receiver has this address.
        var host = await LookupAsync(gateway, "www.cloudcoin.raida");
        Assert.Equal(LookupResponse.Types.Source.Raida, host.Source);
        Assert.Equal(new Endpoint { Host = "192.0.2.10", Port = 75 }, host.Signal);
        Assert.Equal(
            new Membership { HostPattern = "www.cloudcoin.raida", Network = 6 }, Assert.Single(host.Memberships));
    }

    [Fact]
    public async Task An_unknown_name_has_the_default_answer_with_a_shorter_TTL()
    {
        await using var servers = await NameServers.StartAsync([Honest, Honest, Honest]);
        servers.Settings["Rke:Networks:0:Name"] = "far.raida";
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var unknown = await LookupAsync(gateway, "nobody.raida");
        Assert.Equal(LookupResponse.Types.Source.Default, unknown.Source);
        Assert.Equal(new Endpoint { Host = "nobody.raida", Port = 75 }, unknown.Signal);
        Assert.Equal(6u, Assert.Single(unknown.Memberships).Network);
        Assert.True(unknown.Anonymous);
        Assert.Equal(60, unknown.Ttl.Seconds);

        // The name of the network comes from the configuration.
        Assert.Equal(6u, Assert.Single((await LookupAsync(gateway, "far.raida")).Memberships).Network);
        Assert.Equal([17u, 9u], (await LookupAsync(gateway, "cloudcoin.raida")).Memberships.Select(one => one.Network));
    }

    [Fact]
    public async Task A_name_without_a_configured_network_uses_the_default_network_and_gets_no_membership_from_its_number()
    {
        const string Zone = """
            www.stranger.raida              A   192.0.2.11
            raida.named.stranger.raida      TXT "17"
            """;
        await using var servers = await NameServers.StartAsync([Zone, Zone, Zone]);
        servers.Settings["Rke:Networks:0:Name"] = "ours.raida";
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var host = await LookupAsync(gateway, "www.stranger.raida");
        Assert.Equal("192.0.2.11", host.Signal.Host);
        Assert.Equal(6u, Assert.Single(host.Memberships).Network);
        var named = await LookupAsync(gateway, "named.stranger.raida");
        Assert.Equal(17u, Assert.Single(named.Memberships).Network);
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(13, 12)]
    public async Task A_lying_minority_loses_and_is_reported(int honest, int lying)
    {
        await using var servers = await NameServers.StartAsync(
            [.. Enumerable.Repeat(Lying, lying), .. Enumerable.Repeat(Honest, honest)]);
        servers.Settings["Rke:Dns:FirstWait"] = "00:00:02";
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var answer = await LookupAsync(gateway, "cloudcoin.raida");

        Assert.Equal(new Endpoint { Host = "192.0.2.1", Port = 7575 }, answer.Signal);
        Assert.DoesNotContain(answer.Memberships, membership => membership.Network == 666);
        Assert.All(answer.Conflicts, line => Assert.Matches("^(SRV|TXT) [a-z_.]+: key servers [0-9, .]+", line));
    }

    [Theory]
    [InlineData(2, 1, "2 against 1")]
    [InlineData(3, 3, "3 against 3")]
    public async Task Without_a_majority_of_three_the_lookup_fails_with_the_votes(int one, int other, string votes)
    {
        await using var servers = await NameServers.StartAsync(
            [.. Enumerable.Repeat(Honest, one), .. Enumerable.Repeat(Lying, other)]);
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var details = await Details.OfAsync(gateway.Client.LookupAsync(new() { Domain = "cloudcoin.raida" }));

        Assert.Equal(("LOOKUP_CONFLICT", StatusCode.Unavailable), (details.Reason, details.Code));
        Assert.NotNull(details.RetryAfter);
        Assert.Contains(votes, details.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_answers_and_two_servers_are_too_few()
    {
        await using var servers = await NameServers.StartAsync([Honest, Honest]);
        await using (var small = await RunningGateway.StartAsync(servers.Settings))
        {
            var few = await Details.OfAsync(small.Client.LookupAsync(new() { Domain = "cloudcoin.raida" }));
            Assert.Equal("LOOKUP_UNAVAILABLE", few.Reason);
            Assert.Contains("2 key servers", few.Message, StringComparison.Ordinal);
        }

        servers.Put(2, ScriptedServer.ClosedPort());
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var details = await Details.OfAsync(gateway.Client.LookupAsync(new() { Domain = "cloudcoin.raida" }));
        Assert.Equal("LOOKUP_UNAVAILABLE", details.Reason);
        Assert.Contains("2 of 3 key servers", details.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_silent_servers_fail_the_lookup_within_the_deadline()
    {
        await using var silent = ScriptedServer.Silent();
        await using var servers = await NameServers.StartAsync([Honest, Honest]);
        servers.Put(2, silent.EndPoint);
        servers.Settings["Rke:Dns:Timeout"] = "00:00:01";
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var details = await Details.OfAsync(gateway.Client.LookupAsync(new() { Domain = "cloudcoin.raida" }));
        Assert.Equal("LOOKUP_UNAVAILABLE", details.Reason);
        Assert.Contains("2 of 3 key servers", details.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_name_lookups_use_one_coin()
    {
        await using var silent = ScriptedServer.Silent();
        await using var network = await TestNetwork.StartAsync();
        var settings = network.Settings();
        foreach (var raidaId in Enumerable.Range(0, 25))
        {
            settings[$"Rke:Networks:0:Servers:{raidaId}"] = $"{silent.EndPoint}";
        }

        settings["Rke:Dns:Timeout"] = "00:00:00.500";
        settings["Rke:Dns:FailurePause"] = "00:00:00";
        await using var gateway = await RunningGateway.StartAsync(settings);
        foreach (var domain in (string[])["one.raida", "two.raida", "three.raida"])
        {
            await Details.OfAsync(gateway.Client.LookupAsync(new() { Domain = domain }));
        }

        // Bytes 18-21 of a request are the serial number of the coin.
        Assert.True(silent.DifferentRequests >= 75, $"{silent.DifferentRequests}");
        Assert.Equal([1007u], silent.Requests.Select(request => ReadUInt32BigEndian(request.AsSpan(18))).Distinct());
    }

    [Fact]
    public async Task Dead_and_silent_servers_do_not_stop_a_lookup()
    {
        await using var silent = ScriptedServer.Silent();
        await using var servers = await NameServers.StartAsync([Honest, Honest, Honest]);
        foreach (var raidaId in new byte[] { 3, 4, 5 })
        {
            servers.Put(raidaId, ScriptedServer.ClosedPort());
        }

        foreach (var raidaId in new byte[] { 6, 7, 8, 9, 10 })
        {
            servers.Put(raidaId, silent.EndPoint);
        }

        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var answer = await LookupAsync(gateway, "cloudcoin.raida");
        Assert.Equal("192.0.2.1", answer.Signal.Host);
    }

    [Fact]
    public async Task Lookups_fail_cleanly_while_the_circuit_breakers_of_all_servers_are_open()
    {
        await using var servers = await NameServers.StartAsync([]);
        foreach (var raidaId in new byte[] { 0, 1, 2, 3 })
        {
            servers.Put(raidaId, ScriptedServer.ClosedPort());
        }

        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        for (var lookup = 0; lookup < 20; lookup++)
        {
            var details = await Details.OfAsync(gateway.Client.LookupAsync(new() { Domain = $"name{lookup}.raida" }));
            Assert.Equal("LOOKUP_UNAVAILABLE", details.Reason);
        }
    }

    [Fact]
    public async Task While_the_servers_are_down_a_cached_answer_is_returned_as_stale()
    {
        await using var servers = await NameServers.StartAsync([Honest, Honest, Honest]);
        servers.Settings["Rke:Dns:RaidaTtl"] = "00:00:00";
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        Assert.False((await LookupAsync(gateway, "cloudcoin.raida")).Stale);

        await servers.StopAsync();
        var stale = await LookupAsync(gateway, "cloudcoin.raida");
        Assert.True(stale.Stale);
        Assert.Equal("192.0.2.1", stale.Signal.Host);
    }

    [Theory]
    [InlineData(null, ResponseIv.Same)]
    [InlineData("same", ResponseIv.Same)]
    [InlineData("continued", ResponseIv.Continued)]
    public async Task A_raidax_network_has_addresses_and_services_and_no_texts(string? setting, ResponseIv responseIv)
    {
        await using var servers = await NameServers.StartAsync(
            [RaidaxZone, RaidaxZone, RaidaxZone], WireProfile.Raidax, responseIv);
        servers.Settings["Rke:Networks:0:ResponseIv"] = setting;
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var answer = await LookupAsync(gateway, "cloudcoin.raida");

        Assert.Equal(LookupResponse.Types.Source.Raida, answer.Source);
        Assert.Equal(new Endpoint { Host = "192.0.2.1", Port = 7575 }, answer.Signal);
        Assert.Equal(6u, Assert.Single(answer.Memberships).Network);
    }

    [Theory]
    [InlineData("same", ResponseIv.Continued, "continued")]
    [InlineData("continued", ResponseIv.Same, "same")]
    public async Task With_the_wrong_response_iv_the_error_names_the_setting(string setting, ResponseIv responseIv, string right)
    {
        await using var servers = await NameServers.StartAsync(
            [RaidaxZone, RaidaxZone, RaidaxZone], WireProfile.Raidax, responseIv);
        servers.Settings["Rke:Networks:0:ResponseIv"] = setting;
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var details = await Details.OfAsync(gateway.Client.LookupAsync(new() { Domain = "cloudcoin.raida" }));

        Assert.Equal(StatusCode.Unavailable, details.Code);
        Assert.Contains($"set Rke:Networks:0:ResponseIv to {right}.", details.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Via_raida_no_unencrypted_query_is_sent()
    {
        await using var resolver = ScriptedServer.Silent();
        await using var servers = await NameServers.StartAsync([Honest, Honest, Honest]);
        servers.Settings["Rke:Dns:Via"] = "raida";
        servers.Settings["Rke:Dns:Resolver"] = resolver.EndPoint.ToString();
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);
        var answer = await LookupAsync(gateway, "example.test");

        Assert.Equal(LookupResponse.Types.Source.Raida, answer.Source);
        Assert.Equal(new Endpoint { Host = "192.0.2.1", Port = 7575 }, answer.Signal);
        Assert.Equal(17u, Assert.Single(answer.Memberships).Network);
        Assert.True(answer.Anonymous);
        Assert.Empty(resolver.Requests);
    }

    [Fact]
    public async Task Host_names_of_key_servers_use_DNS_even_via_raida()
    {
        await using var resolver = ScriptedServer.Silent();
        await using var servers = await NameServers.StartAsync([Honest, Honest, Honest]);
        servers.Settings["Rke:Dns:Via"] = "raida";
        servers.Settings["Rke:Dns:Resolver"] = resolver.EndPoint.ToString();
        servers.Settings["Rke:Networks:0:Servers:3"] = "raida3.example.test:50003";
        servers.Settings["Rke:Networks:0:Servers:4"] = "raida4.cloudcoin.raida:50004";
        await using var gateway = await RunningGateway.StartAsync(servers.Settings);

        Assert.Equal("192.0.2.1", (await LookupAsync(gateway, "example.test")).Signal.Host);
        await Eventually.IsTrueAsync(() => !resolver.Requests.IsEmpty);
    }

    private static Task<LookupResponse> LookupAsync(RunningGateway gateway, string domain) =>
        gateway.Client.LookupAsync(
            new() { Domain = domain }, cancellationToken: TestContext.Current.CancellationToken).ResponseAsync;
}
