using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Demo;
using Rke.Raida.Coins;
using Rke.Raida.Serving;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Tests.KeyServers;

/// <summary>The targets of GetKey and Signal: configured servers, and <c>Rke:Targets:Allow</c>.</summary>
public sealed class TargetTests
{
    private static readonly ByteString Hash = ByteString.CopyFrom(new byte[16]);

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.0/8, other.example")]
    public async Task A_target_that_is_not_configured_or_allowed_is_refused_without_a_datagram(string allow)
    {
        await using var network = await TestNetwork.StartAsync();
        await using var target = ScriptedServer.Silent();
        await using var gateway = await RunningGateway.StartAsync(network.Settings(), builder => builder.Allow(allow));
        foreach (var host in (string[])["127.0.0.1", "::ffff:127.0.0.1", "localhost"])
        {
            var endpoint = new Endpoint { Host = host, Port = (uint)target.EndPoint.Port };
            var get = await Details.OfAsync(gateway.Client.GetKeyAsync(new() { Endpoint = endpoint, KeyIdHash = Hash }));
            Assert.Equal((StatusCode.PermissionDenied, "TARGET_NOT_ALLOWED"), (get.Code, get.Reason));
            var signal = await Details.OfAsync(gateway.Client.SignalAsync(Signal(endpoint)));
            Assert.Equal("TARGET_NOT_ALLOWED", signal.Reason);
        }

        Assert.Empty(target.Requests);
    }

    [Theory]
    [InlineData("127.0.0.0/8", "127.0.0.1")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("localhost", "LocalHost")]
    public async Task An_allowed_key_server_is_discovered_with_an_echo(string allow, string host)
    {
        await using var network = await TestNetwork.StartAsync();
        var settings = network.Settings();
        settings.Remove("Rke:Networks:0:Servers:7");
        await using var gateway = await RunningGateway.StartAsync(settings, builder => builder.Allow(allow));
        var endpoint = new Endpoint { Host = host, Port = (uint)network.Host.EndPoints[7].Port };
        var details = await Details.OfAsync(gateway.Client.GetKeyAsync(new() { Endpoint = endpoint, KeyIdHash = Hash }));
        Assert.Equal("KEY_NOT_FOUND", details.Reason);
        Assert.Equal("7", details.Info.Metadata["raida_id"]);
    }

    [Fact]
    public async Task Silent_endpoints_use_few_of_the_links_to_other_servers()
    {
        const int Endpoints = 12;
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings(), builder => builder.Allow("127.0.0.0/8"));
        var bridge = gateway.Services.GetRequiredService<BridgeClient>();
        var silent = Enumerable.Range(0, Endpoints).Select(_ => ScriptedServer.Silent()).ToArray();
        try
        {
            var calls = silent.Select(server => Details.OfAsync(gateway.Client.GetKeyAsync(
                new() { Endpoint = new() { Host = "127.0.0.1", Port = (uint)server.EndPoint.Port }, KeyIdHash = Hash },
                deadline: DateTime.UtcNow.AddSeconds(2)))).ToArray();
            await Eventually.IsTrueAsync(() => Others() >= 50);
            var most = 0;
            while (!Array.TrueForAll(calls, call => call.IsCompleted))
            {
                most = Math.Max(most, Others());
                await Task.Yield();
            }

            Assert.InRange(most, 50, 100);
            Assert.All(await Task.WhenAll(calls), call => Assert.Equal(StatusCode.DeadlineExceeded, call.Code));
        }
        finally
        {
            foreach (var server in silent)
            {
                await server.DisposeAsync();
            }
        }

        // An idle link makes room for another server.
        int Others() => bridge.Links.Count(link => !link.IsConfigured && link.Statistics.InFlight > 0);
    }

    [Fact]
    public async Task A_key_server_that_has_another_RAIDA_id_now_is_discovered_again()
    {
        await using var network = await TestNetwork.StartAsync();
        var settings = network.Settings();
        settings.Remove("Rke:Networks:0:Servers:7");
        settings.Remove("Rke:Networks:0:Servers:8");
        await using var gateway = await RunningGateway.StartAsync(settings, builder => builder.Allow("127.0.0.1"));
        var current = 7;
        await using var relay = new ScriptedServer(request => Relay.Ask(network.Host.EndPoints[(byte)current], request));
        var get = new GetKeyRequest { Endpoint = new() { Host = "127.0.0.1", Port = (uint)relay.EndPoint.Port }, KeyIdHash = Hash };
        Assert.Equal(("KEY_NOT_FOUND", "7"), await CallAsync());

        current = 8;
        Assert.Equal("RAIDA_FAILED", (await CallAsync()).Reason);
        Assert.Equal(("KEY_NOT_FOUND", "8"), await CallAsync());

        async Task<(string Reason, string RaidaId)> CallAsync()
        {
            var details = await Details.OfAsync(gateway.Client.GetKeyAsync(get));
            return (details.Reason, details.Info.Metadata["raida_id"]);
        }
    }

    [Fact]
    public async Task A_part_that_is_read_at_an_allowed_target_frees_no_coin_of_the_configured_server()
    {
        await using var network = await TestNetwork.StartAsync(1);
        using var coins = new NetworkCoins();
        coins.Add(network.Coins[0]);
        await using var other = await KeyServerHost.StartAsync(new() { RaidaIds = [7] }, coins);
        var elsewhere = network.Settings();
        elsewhere["Rke:Networks:0:Servers:7"] = $"{other.EndPoints[7]}";
        await using var gateway = await RunningGateway.StartAsync(network.Settings(), builder => builder.Allow("127.0.0.1"));
        await using var poster = await RunningGateway.StartAsync(elsewhere);
        var post = new PostKeyRequest { RaidaId = 7, KeyId = ByteString.CopyFrom([.. Enumerable.Range(1, 16).Select(value => (byte)value)]), KeyPart = ByteString.CopyFrom(new byte[8]) };
        var posted = await gateway.Client.PostKeyAsync(post);
        await poster.Client.PostKeyAsync(post);

        var got = await gateway.Client.GetKeyAsync(new()
        {
            Endpoint = new() { Host = "127.0.0.1", Port = (uint)other.EndPoints[7].Port },
            KeyIdHash = posted.KeyIdHash,
        });

        Assert.Equal(network.Coins[0].Id.SerialNumber, got.Sender.SerialNumber);
        post.KeyId = ByteString.Empty;
        Assert.Equal("NO_FREE_COIN", (await Details.OfAsync(gateway.Client.PostKeyAsync(post))).Reason);
    }

    [Fact]
    public async Task A_configured_key_server_matches_its_IPv4_mapped_address()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var endpoint = new Endpoint { Host = "::ffff:127.0.0.1", Port = (uint)network.Host.EndPoints[7].Port };
        var details = await Details.OfAsync(gateway.Client.GetKeyAsync(new() { Endpoint = endpoint, KeyIdHash = Hash }));
        Assert.Equal("KEY_NOT_FOUND", details.Reason);
        Assert.Equal("7", details.Info.Metadata["raida_id"]);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1.2.3")]
    [InlineData("0x7f.1")]
    [InlineData("[::1]")]
    [InlineData("fe80::1%eth0")]
    [InlineData("localhost")]
    public async Task The_address_of_a_part_must_be_a_literal_in_canonical_form(string host)
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        var request = Signal(new() { Host = "127.0.0.1", Port = 9 });
        request.Parts[0].Server.Host = host;
        Assert.Equal(["parts[0].server.host"], (await Details.OfAsync(gateway.Client.SignalAsync(request))).BadFields);
    }

    [Fact]
    public async Task A_signal_is_sent_unencrypted_and_returns_the_used_parts()
    {
        await using var receiver = new ScriptedServer(request => [SignalFrames.Answer(request, used: 0b101)]);
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        var endpoint = new Endpoint { Host = "127.0.0.1", Port = (uint)receiver.EndPoint.Port };
        var request = Signal(endpoint);
        request.Parts.Add(new KeyPartLocation { KeyIdHash = Hash, Server = new() { Host = "2001:db8::1", Port = 1 } });
        request.Parts.Add(new KeyPartLocation { KeyIdHash = Hash, Server = new() { Host = "::ffff:192.0.2.7", Port = 65535 } });
        var response = await gateway.Client.SignalAsync(request);
        Assert.Equal([0u, 2u], response.UsedParts);
        Assert.Equal(endpoint, response.Endpoint);

        Assert.Equal(1, receiver.DifferentRequests);
        var frame = receiver.Requests.First();
        Assert.Equal(32 + 19 + (3 * 36), frame.Length);
        Assert.Equal([4, 43], frame[4..6]);
        Assert.Equal(0, frame[16]);
        Assert.Equal([4, 6, 4], Enumerable.Range(0, 3).Select(part => (int)frame[32 + 16 + 1 + (36 * part)]));
        Assert.Equal((byte[])[0xE3, 0xE3], frame[^2..]);
    }

    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("receiver.example", null)]
    [InlineData("signal.receiver.example", null)]
    [InlineData("198.51.100.0/24", "TARGET_NOT_ALLOWED")]
    public async Task A_signal_to_a_domain_goes_to_the_targets_of_its_records_if_allowed(string allow, string? reason)
    {
        await using var receiver = new ScriptedServer(request => [SignalFrames.Answer(request, used: 1)]);
        await using var names = new DemoNameServer("receiver.example", "signal.receiver.example", receiver.EndPoint, "6");
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings(), builder =>
        {
            builder.Allow(allow);
            builder.Set("Rke:Dns:Resolver", $"{names.EndPoint}");
        });
        var request = Signal(null);
        request.Domain = "receiver.example";
        var call = gateway.Client.SignalAsync(request);
        if (reason is null)
        {
            Assert.Equal((uint)receiver.EndPoint.Port, (await call).Endpoint.Port);
        }
        else
        {
            Assert.Equal(reason, (await Details.OfAsync(call)).Reason);
            Assert.Empty(receiver.Requests);
        }
    }

    [Fact]
    public async Task Lookup_returns_the_records_or_the_default()
    {
        await using var names = new DemoNameServer("receiver.example", "signal.receiver.example", new(System.Net.IPAddress.Loopback, 1075), "17");
        await using var gateway = await RunningGateway.StartAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Rke:Dns:Resolver"] = $"{names.EndPoint}" },
            builder => builder.Set("Rke:Signal:Port", "4075"));
        var found = await gateway.Client.LookupAsync(new() { Domain = "receiver.example" });
        Assert.Equal(LookupResponse.Types.Source.Dns, found.Source);
        Assert.Equal(new Endpoint { Host = "signal.receiver.example", Port = 1075 }, found.Signal);
        Assert.Equal([17u], found.Memberships.Select(membership => membership.Network));

        var none = await gateway.Client.LookupAsync(new() { Domain = "nothing.example" });
        Assert.Equal(LookupResponse.Types.Source.Default, none.Source);
        Assert.Equal(new Endpoint { Host = "nothing.example", Port = 4075 }, none.Signal);
        Assert.Equal([6u], none.Memberships.Select(membership => membership.Network));
    }

    private static SignalRequest Signal(Endpoint? endpoint) => new()
    {
        Endpoint = endpoint,
        Parts = { new KeyPartLocation { KeyIdHash = Hash, Server = new() { Host = "127.0.0.1", Port = 50014 } } },
    };
}
