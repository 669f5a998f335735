using System.Net;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public abstract class ExchangeTests(BridgeTransport transport) : TransportTests(transport)
{
    private static readonly byte[] Part = [.. Enumerable.Range(100, 16).Select(value => (byte)value)];

    [Fact]
    public async Task An_Echo_gets_a_response()
    {
        await using var server = ScriptedServer.Echoing();
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.EchoAsync();

        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
        Assert.Equal(WireStatus.Success, exchange.Status);
        Assert.Equal(1, exchange.StatusByte);
        Assert.Equal(7, exchange.RaidaId);
        Assert.Equal(server.Address.EndPoint, exchange.Server);
        Assert.Equal(1, exchange.Attempts);
        Assert.True(exchange.Payload.IsEmpty);
        Assert.Equal(TimeSpan.FromTicks(10), exchange.ExecutionTime);
        Assert.True(exchange.RoundTrip > TimeSpan.Zero);
        Assert.Equal(0, link.Statistics.InFlight);
        Assert.NotNull(link.Statistics.SmoothedRoundTrip);
    }

    [Theory]
    [InlineData(WireProfile.Rke, ResponseIv.Same)]
    [InlineData(WireProfile.Raidax, ResponseIv.Same)]
    [InlineData(WireProfile.Raidax, ResponseIv.Continued)]
    public async Task An_encrypted_response_is_decrypted_with_its_response_iv(WireProfile profile, ResponseIv iv)
    {
        await using var server = Keys(profile, iv);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Encryption(), iv);

        Assert.Equal(WireStatus.Success, exchange.Status);
        Assert.True(GetKeyAnswer.TryRead(profile, exchange.Payload, out var answer, out var error), error.ToString());
        Assert.Equal(Part, answer.KeyPart);
    }

    [Fact]
    public async Task A_response_can_be_decrypted_again_with_the_other_iv()
    {
        await using var server = Keys(WireProfile.Raidax, ResponseIv.Continued);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Encryption(), ResponseIv.Same);

        var wrong = exchange.Payload.ToArray();
        var opened = exchange.Open(ResponseIv.Continued);
        Assert.True(GetKeyAnswer.TryRead(WireProfile.Raidax, opened, out var answer, out _));
        Assert.Equal(Part, answer.KeyPart);
        Assert.NotEqual(wrong, exchange.Payload.ToArray());
        Assert.Equal(wrong, exchange.Open(ResponseIv.Same).ToArray());
    }

    [Fact]
    public async Task Disposing_clears_the_payload()
    {
        await using var server = Keys(WireProfile.Rke, ResponseIv.Same);
        await using var bridge = Bridges.Create();
        var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Encryption());
        Assert.Equal(0, Disposed(exchange, exchange.Payload));
        Assert.Throws<ObjectDisposedException>(() => exchange.Payload.Length);
        Assert.Throws<ObjectDisposedException>(() => exchange.Open(ResponseIv.Same).Length);
        exchange.Dispose();

        static int Disposed(Exchange exchange, ReadOnlySpan<byte> payload)
        {
            Assert.True(payload.ContainsAnyExcept((byte)0));
            exchange.Dispose();
            return payload.ContainsAnyExcept((byte)0) ? 1 : 0;
        }
    }

    [Fact]
    public async Task A_signed_error_is_an_answer()
    {
        await using var server = new ScriptedServer(static request => [request.Respond(WireStatus.KeyNotFound)]);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Encryption());

        Assert.Equal((ExchangeOutcome.Answered, WireStatus.KeyNotFound), (exchange.Outcome, exchange.Status));
    }

    [Fact]
    public async Task IPv6_works()
    {
        await using var server = ScriptedServer.Echoing(address: IPAddress.IPv6Loopback);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).EchoAsync();

        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
    }

    [Fact]
    public async Task An_IPv4_address_mapped_to_IPv6_is_used_as_IPv4()
    {
        await using var server = ScriptedServer.Echoing();
        await using var bridge = Bridges.Create();
        var mapped = new IPEndPoint(IPAddress.Loopback.MapToIPv6(), server.Address.EndPoint.Port);

        using var exchange = await bridge.Link(server.Address with { EndPoint = mapped }).EchoAsync();

        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
    }

    [Fact]
    public async Task A_ref_struct_is_encoded_before_the_call_returns()
    {
        await using var server = new ScriptedServer(static request =>
            [request.Answer(new SignalAnswer(1))], raidaId: 0);
        await using var bridge = Bridges.Create();
        var fill = new byte[SignalPart.FillLength];
        SignalPart[] parts = [new(KeyIdHash.Read(new byte[16]), server.Address.EndPoint)];
        Assert.True(SignalPayload.TryCreate(parts, fill, out var payload, out _));
        var sending = bridge.Link(server.Address).SendAsync(
            payload,
            null,
            ResponseIv.Same,
            MonotonicTime.Now(TimeProvider.System) + TimeSpan.FromSeconds(20),
            TestContext.Current.CancellationToken);
        parts[0] = default;

        using var exchange = await sending;

        Assert.True(SignalAnswer.TryRead(exchange.Payload, 1, out var answer, out _));
        Assert.True(answer.IsUsed(0));
    }

    [Fact]
    public async Task Unencrypted_requests_carry_an_echo_and_no_nonce()
    {
        await using var server = ScriptedServer.Echoing();
        await using var bridge = Bridges.Create();
        (await bridge.Link(server.Address).EchoAsync()).Dispose();

        var nonce = server.Requests[0].Header.Nonce;

        Assert.Equal(nonce.EchoOnly, nonce);
    }

    [Fact]
    public async Task Requests_use_several_source_ports()
    {
        await using var server = ScriptedServer.Echoing();
        await using var bridge = Bridges.Create();
        var link = bridge.Configure([server.Address])[0];
        for (var count = 0; count < 100; count++)
        {
            (await link.EchoAsync()).Dispose();
        }

        Assert.Equal(4, server.Requests.Select(static request => request.Source.Port).Distinct().Count());
    }

    private static ScriptedServer Keys(WireProfile profile, ResponseIv iv) => new(
        request => [request.Answer(new GetKeyAnswer(KeyId.Read(new byte[16]), new(1, 5), null, Part), iv)], profile);
}

public class ExchangeNativeTests() : ExchangeTests(BridgeTransport.Native);

public class ExchangeSocketTests() : ExchangeTests(BridgeTransport.Sockets);
