using System.Net;
using System.Net.Sockets;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>Invalid datagrams before the valid response do not change the result, and are counted.</summary>
public abstract class HostileReplyTests(BridgeTransport transport) : TransportTests(transport)
{
    private static readonly byte[] Part = [1, 2, 3, 4];

    public static TheoryData<string, WireError> Damages => new()
    {
        { "empty", WireError.TooShort },
        { "cut in the header", WireError.TooShort },
        { "cut in the body", WireError.LengthWrong },
        { "longer than any answer", WireError.TooLong },
        { "as long as any answer and more", WireError.TooLong },
        { "body size", WireError.LengthWrong },
        { "trailer", WireError.TrailerWrong },
        { "shard", WireError.ShardWrong },
        { "frame count", WireError.FrameCountWrong },
        { "reserved byte", WireError.ReservedNotZero },
        { "RAIDA id", WireError.RaidaIdWrong },
        { "group", WireError.GroupWrong },
        { "echo", WireError.EchoWrong },
        { "signature", WireError.SignatureWrong },
        { "stale", WireError.SignatureWrong },
        { "error with a body", WireError.BodyUnexpected },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task An_invalid_datagram_is_counted_and_dropped(string damage, WireError reason)
    {
        await using var server = new ScriptedServer(request =>
            [Damage(damage, request), Damage(damage, request), Right(request)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.GetKeyAsync(server.Encryption());

        Check(exchange);
        Assert.Equal(1, exchange.Attempts);
        Assert.Equal(2, link.Statistics.Dropped(reason));
        Assert.Equal(3, link.Statistics.Received);
    }

    [Fact]
    public async Task All_invalid_datagrams_together_do_not_change_the_result()
    {
        await using var server = new ScriptedServer(static request =>
            [.. Damages.Select(row => Damage(row.Data.Item1, request)), Right(request), Right(request)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);
        for (var count = 0; count < 50; count++)
        {
            using var exchange = await link.GetKeyAsync(server.Encryption());
            Check(exchange);
        }

        Assert.Equal(BreakerState.Closed, link.Statistics.Breaker);
        Assert.Equal(50, link.Statistics.Count(ExchangeOutcome.Answered));
    }

    [Fact]
    public async Task A_repeated_response_is_counted_and_dropped()
    {
        await using var server = new ScriptedServer(static request => [Right(request), Right(request), Right(request)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.GetKeyAsync(server.Encryption());

        Check(exchange);
        await Eventually.IsTrueAsync(() => link.Statistics.Received == 3);
        await Eventually.IsTrueAsync(() => link.Statistics.Dropped(WireError.EchoWrong) == 2);
    }

    [Fact]
    public async Task A_response_from_another_address_is_not_received()
    {
        using var foreigner = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        foreigner.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = new ScriptedServer(request =>
        {
            foreigner.SendTo(Right(request), request.Source);
            return request.Index == 0 ? [] : [Right(request)];
        });
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.GetKeyAsync(server.Encryption());

        Check(exchange);
        Assert.Equal(2, exchange.Attempts);
        Assert.Equal(1, link.Statistics.Received);
    }

    [Fact]
    public async Task A_response_to_one_request_does_not_end_another()
    {
        // The server sends the response to each of two requests in exchange for the other one.
        ReceivedRequest? kept = null;
        await using var server = new ScriptedServer(request =>
        {
            if (request.Index == 0)
            {
                kept = request;
                return [];
            }

            return request.Index == 1 ? [Right(request), Right(kept!)] : [Right(request)];
        });
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);
        var first = link.GetKeyAsync(server.Encryption());
        await server.ReceivedAsync(1);
        var second = link.GetKeyAsync(server.Encryption());

        using var one = await first;
        using var two = await second;

        Check(one);
        Check(two);
    }

    private static void Check(Exchange exchange)
    {
        Assert.Equal((ExchangeOutcome.Answered, WireStatus.Success), (exchange.Outcome, exchange.Status));
        Assert.True(GetKeyAnswer.TryRead(WireProfile.Rke, exchange.Payload, out var answer, out _));
        Assert.Equal(Part, answer.KeyPart);
    }

    private static byte[] Right(ReceivedRequest request) =>
        request.Answer(new GetKeyAnswer(KeyId.Read(new byte[16]), new(1, 5), null, Part));

    private static byte[] Damage(string damage, ReceivedRequest request)
    {
        var datagram = Right(request);
        switch (damage)
        {
            case "empty":
                return [];
            case "cut in the header":
                return datagram[..31];
            case "cut in the body":
                return datagram[..^1];
            case "longer than any answer":
                return [.. datagram, .. new byte[ProfileRules.MaxResponseLength + 1 - datagram.Length]];
            case "as long as any answer and more":
                return [.. datagram, .. new byte[8000]];
            case "body size":
                datagram[11]++;
                break;
            case "trailer":
                datagram[^1]++;
                break;
            case "shard":
                datagram[1] = 1;
                break;
            case "frame count":
                datagram[5] = 2;
                break;
            case "reserved byte":
                datagram[8] = 1;
                break;
            case "RAIDA id":
                datagram[0]++;
                break;
            case "group":
                datagram[3]++;
                break;
            case "echo":
                datagram[7] ^= 0x80;
                break;
            case "signature":
                datagram[31] ^= 1;
                break;
            case "stale":
                // The response to an earlier request with the same echo: everything is valid except the signature.
                datagram.AsSpan(16, 16).Reverse();
                break;
            case "error with a body":
                datagram[2] = 0;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(damage));
        }

        return datagram;
    }
}

public class HostileReplyNativeTests() : HostileReplyTests(BridgeTransport.Native);

public class HostileReplySocketTests() : HostileReplyTests(BridgeTransport.Sockets);
