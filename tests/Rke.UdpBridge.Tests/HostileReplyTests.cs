using System.Net;
using System.Net.Sockets;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>Whatever comes before the right answer changes nothing for the caller, and is counted.</summary>
public class HostileReplyTests
{
    private static readonly byte[] Part = [1, 2, 3, 4];

    public static TheoryData<string, WireError> Harms => new()
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
    [MemberData(nameof(Harms))]
    public async Task A_wrong_datagram_is_counted_and_ignored(string harm, WireError reason)
    {
        await using var server = new ScriptedServer(arrival =>
            [Harm(harm, arrival), Harm(harm, arrival), Right(arrival)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.GetKeyAsync(server.Seal());

        Check(exchange);
        Assert.Equal(1, exchange.Attempts);
        Assert.Equal(2, link.Statistics.Dropped(reason));
        Assert.Equal(3, link.Statistics.Received);
    }

    [Fact]
    public async Task All_of_them_together_change_nothing()
    {
        await using var server = new ScriptedServer(static arrival =>
            [.. Harms.Select(row => Harm(row.Data.Item1, arrival)), Right(arrival), Right(arrival)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);
        for (var count = 0; count < 50; count++)
        {
            using var exchange = await link.GetKeyAsync(server.Seal());
            Check(exchange);
        }

        Assert.Equal(BreakerState.Closed, link.Statistics.Breaker);
        Assert.Equal(50, link.Statistics.Count(ExchangeOutcome.Answered));
    }

    [Fact]
    public async Task A_repeated_answer_is_counted_and_ignored()
    {
        await using var server = new ScriptedServer(static arrival => [Right(arrival), Right(arrival), Right(arrival)]);
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.GetKeyAsync(server.Seal());

        Check(exchange);
        await Eventually.IsTrueAsync(() => link.Statistics.Received == 3);
        await Eventually.IsTrueAsync(() => link.Statistics.Dropped(WireError.EchoWrong) == 2);
    }

    [Fact]
    public async Task The_right_answer_from_another_address_does_not_count()
    {
        using var foreigner = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        foreigner.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = new ScriptedServer(arrival =>
        {
            foreigner.SendTo(Right(arrival), arrival.Source);
            return arrival.Index == 0 ? [] : [Right(arrival)];
        });
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);

        using var exchange = await link.GetKeyAsync(server.Seal());

        Check(exchange);
        Assert.Equal(2, exchange.Attempts);
        Assert.Equal(1, link.Statistics.Received);
    }

    [Fact]
    public async Task An_answer_for_one_call_never_ends_another()
    {
        // The server answers the first request with the answer to the second, and the other way round.
        Arrival? kept = null;
        await using var server = new ScriptedServer(arrival =>
        {
            if (arrival.Index == 0)
            {
                kept = arrival;
                return [];
            }

            return arrival.Index == 1 ? [Right(arrival), Right(kept!)] : [Right(arrival)];
        });
        await using var bridge = Bridges.Create();
        var link = bridge.Link(server.Address);
        var first = link.GetKeyAsync(server.Seal());
        await server.ArrivedAsync(1);
        var second = link.GetKeyAsync(server.Seal());

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

    private static byte[] Right(Arrival arrival) =>
        arrival.Answer(new GetKeyAnswer(KeyId.Read(new byte[16]), new(1, 5), null, Part));

    private static byte[] Harm(string harm, Arrival arrival)
    {
        var datagram = Right(arrival);
        switch (harm)
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
                // The answer to an earlier request that had the same echo: all is right but the signature.
                datagram.AsSpan(16, 16).Reverse();
                break;
            case "error with a body":
                datagram[2] = 0;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(harm));
        }

        return datagram;
    }
}
