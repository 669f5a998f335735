using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Demo;
using Rke.V1;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>Whom callers may aim the gateway at, and where Signals go.</summary>
public sealed class TargetTests
{
    private static readonly ByteString Hash = ByteString.CopyFrom(new byte[16]);

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.0/8, other.example")]
    public async Task What_is_neither_configured_nor_allowed_is_refused_and_gets_no_datagram(string allow)
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
    public async Task An_allowed_key_server_is_found_by_its_echo_and_asked(string allow, string host)
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
    public async Task A_configured_key_server_is_known_by_its_mapped_address_too()
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
    public async Task A_part_waits_at_a_literal_address_in_its_usual_spelling(string host)
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        var request = Signal(new() { Host = "127.0.0.1", Port = 9 });
        request.Parts[0].Server.Host = host;
        Assert.Equal(["parts[0].server.host"], (await Details.OfAsync(gateway.Client.SignalAsync(request))).BadFields);
    }

    [Fact]
    public async Task A_signal_reaches_its_endpoint_unencrypted_and_tells_what_was_used()
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
    public async Task A_signal_to_a_domain_goes_where_its_records_say_if_that_is_allowed(string allow, string? reason)
    {
        await using var receiver = new ScriptedServer(request => [SignalFrames.Answer(request, used: 1)]);
        await using var names = new NameServer("receiver.example", "signal.receiver.example", receiver.EndPoint, "6");
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
    public async Task Lookup_tells_what_the_records_say_and_the_default_where_there_is_none()
    {
        await using var names = new NameServer("receiver.example", "signal.receiver.example", new(System.Net.IPAddress.Loopback, 1075), "17");
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
