using System.Net;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public class ExchangeTests
{
    private static readonly byte[] Part = [.. Enumerable.Range(100, 16).Select(value => (byte)value)];

    [Fact]
    public async Task An_echo_is_answered()
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
    public async Task A_sealed_answer_opens_under_its_response_iv(WireProfile profile, ResponseIv iv)
    {
        await using var server = Keys(profile, iv);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Seal(), iv);

        Assert.Equal(WireStatus.Success, exchange.Status);
        Assert.True(GetKeyAnswer.TryRead(profile, exchange.Payload, out var answer, out var error), error.ToString());
        Assert.Equal(Part, answer.KeyPart);
    }

    [Fact]
    public async Task An_answer_can_be_opened_again_under_the_other_iv()
    {
        await using var server = Keys(WireProfile.Raidax, ResponseIv.Continued);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Seal(), ResponseIv.Same);

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
        var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Seal());
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
        await using var server = new ScriptedServer(static arrival => [arrival.Say(WireStatus.KeyNotFound)]);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).GetKeyAsync(server.Seal());

        Assert.Equal((ExchangeOutcome.Answered, WireStatus.KeyNotFound), (exchange.Outcome, exchange.Status));
    }

    [Fact]
    public async Task IPv6_works_too()
    {
        await using var server = ScriptedServer.Echoing(address: IPAddress.IPv6Loopback);
        await using var bridge = Bridges.Create();

        using var exchange = await bridge.Link(server.Address).EchoAsync();

        Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);
    }

    [Fact]
    public async Task An_IPv4_address_in_IPv6_clothes_is_IPv4()
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
        await using var server = new ScriptedServer(static arrival =>
            [arrival.Answer(new SignalAnswer(1))], raidaId: 0);
        await using var bridge = Bridges.Create();
        var fill = new byte[SignalPart.FillLength];
        SignalPart[] parts = [new(KeyIdHash.Read(new byte[16]), server.Address.EndPoint)];
        Assert.True(SignalPayload.TryCreate(parts, fill, out var payload, out _));
        var sending = bridge.Link(server.Address).SendAsync(
            payload,
            null,
            ResponseIv.Same,
            DateTimeOffset.UtcNow.AddSeconds(20),
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

        var nonce = server.Arrivals[0].Header.Nonce;

        Assert.Equal(nonce.EchoOnly, nonce);
    }

    [Fact]
    public async Task Requests_leave_from_several_ports()
    {
        await using var server = ScriptedServer.Echoing();
        await using var bridge = Bridges.Create();
        var link = bridge.Configure([server.Address])[0];
        for (var count = 0; count < 100; count++)
        {
            (await link.EchoAsync()).Dispose();
        }

        Assert.Equal(4, server.Arrivals.Select(static arrival => arrival.Source.Port).Distinct().Count());
    }

    private static ScriptedServer Keys(WireProfile profile, ResponseIv iv) => new(
        arrival => [arrival.Answer(new GetKeyAnswer(KeyId.Read(new byte[16]), new(1, 5), null, Part), iv)], profile);
}
