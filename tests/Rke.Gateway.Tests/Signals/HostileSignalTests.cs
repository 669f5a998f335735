using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.Tests.Observability;
using Rke.Gateway.Tests.Sessions;

namespace Rke.Gateway.Tests.Signals;

/// <summary>
/// Datagrams that anyone on the Internet can send to the listener. The answers follow docs/WIRE.md, and the work is bounded.
/// </summary>
public sealed class HostileSignalTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repeated_datagram_gets_the_same_answer_and_no_second_session()
    {
        await using var pair = await SessionPair.StartAsync();
        using var signaller = new Signaller(pair.Listener);
        var signal = Signaller.Make(await PostAsync(pair, 4));
        signaller.Send(signal);
        signaller.Send(signal);
        var first = await signaller.ReceiveAsync();
        Assert.Equal(first, await signaller.ReceiveAsync());
        signaller.Send(signal);
        Assert.Equal(first, await signaller.ReceiveAsync());

        Assert.Equal(50, first.Length);
        Assert.Equal(1, first[2]);
        Assert.Equal([.. Enumerable.Repeat((byte)0xFF, 4), .. new byte[12]], first[32..48]);
        Assert.Equal(1, pair.Receiver.Services.GetRequiredService<ISessionStore>().Waiting);
    }

    [Fact]
    public async Task The_same_parts_in_another_datagram_get_the_same_flags()
    {
        await using var pair = await SessionPair.StartAsync();
        using var signaller = new Signaller(pair.Listener);
        var parts = await PostAsync(pair, 4);
        var (first, second) = (Signaller.Make(parts), Signaller.Make(parts));
        signaller.Send(first);
        var answer = await signaller.ReceiveAsync();
        signaller.Send(second);
        var again = await signaller.ReceiveAsync();
        Assert.Equal(second[32..48], again[16..32]);
        Assert.Equal(answer[32..], again[32..]);
        Assert.Equal(1, pair.Receiver.Services.GetRequiredService<ISessionStore>().Waiting);
    }

    [Theory]
    [InlineData(17, null, 16, 0)]
    [InlineData(1, 70_000, 0, 4)]
    [InlineData(1, 0, 0, 4)]
    [InlineData(0, null, 16, 0)]
    public async Task Invalid_parts_are_refused(int count, int? port, byte status, byte group)
    {
        await using var pair = await SessionPair.StartAsync();
        using var signaller = new Signaller(pair.Listener);
        var part = (RandomNumberGenerator.GetBytes(16), pair.Servers.EndPoints[3]);
        var signal = Signaller.Make([.. Enumerable.Repeat(part, count)], port);
        signaller.Send(signal);
        var answer = await signaller.ReceiveAsync();
        Assert.Equal(32, answer.Length);
        Assert.Equal((status, group), (answer[2], answer[3]));
        Assert.Equal(signal[32..48], answer[16..32]);
    }

    [Fact]
    public async Task A_datagram_that_is_not_a_Signal_gets_no_answer()
    {
        await using var pair = await SessionPair.StartAsync();
        using var signaller = new Signaller(pair.Listener);
        var right = Signaller.Make([(RandomNumberGenerator.GetBytes(16), pair.Servers.EndPoints[3])]);
        foreach (var index in new[] { 0, 1, 2, 3, 4, 5, 8, 16, 22, 40, right.Length - 1 })
        {
            var datagram = right.ToArray();
            datagram[index] ^= 0x11;
            Assert.Empty(await signaller.AskAsync(datagram));
        }

        for (var length = 0; length < right.Length; length++)
        {
            Assert.Empty(await signaller.AskAsync(right[..length]));
        }

        Assert.Empty(await signaller.AskAsync(RandomNumberGenerator.GetBytes(1472)));
    }

    [Fact]
    public async Task Hosts_that_are_not_allowed_are_not_asked_and_their_parts_are_not_used()
    {
        await using var pair = await SessionPair.StartAsync();
        using var foreign = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var signaller = new Signaller(pair.Listener);
        var parts = await PostAsync(pair, 3);
        parts.Insert(1, (RandomNumberGenerator.GetBytes(16), (IPEndPoint)foreign.Client.LocalEndPoint!));
        signaller.Send(Signaller.Make(parts));
        var answer = await signaller.ReceiveAsync();
        Assert.Equal([0xFF, 0x00, 0xFF, 0xFF], answer[32..36]);
        Assert.Equal(0, foreign.Available);
    }

    [Fact]
    public async Task A_part_that_is_named_twice_is_used_once()
    {
        await using var pair = await SessionPair.StartAsync();
        using var signaller = new Signaller(pair.Listener);
        var parts = await PostAsync(pair, 4);
        parts.Add(parts[0]);
        signaller.Send(Signaller.Make(parts));
        var answer = await signaller.ReceiveAsync();
        Assert.Equal([0xFF, 0xFF, 0xFF, 0xFF, 0x00], answer[32..37]);
    }

    [Fact]
    public async Task A_key_with_a_wrong_last_byte_is_not_used()
    {
        await using var pair = await SessionPair.StartAsync();
        using var signaller = new Signaller(pair.Listener);
        signaller.Send(Signaller.Make(await PostAsync(pair, 4, mark: 0xFE)));
        Assert.Equal(new byte[16], (await signaller.ReceiveAsync())[32..48]);
        Assert.Equal(0, pair.Receiver.Services.GetRequiredService<ISessionStore>().Waiting);
    }

    [Fact]
    public async Task Only_the_burst_of_a_flood_from_one_source_is_processed()
    {
        const int Burst = 7;
        await using var pair = await SessionPair.StartAsync(receiver: new Dictionary<string, string?>
        {
            ["Rke:Signal:SourceBurst"] = $"{Burst}",
            ["Rke:Signal:SourceRate"] = "1",
            ["Rke:Signal:CollectTimeout"] = "00:00:10",
        });
        var signals = Enumerable.Range(0, 200).Select(_ => Signaller.Make(
            [(RandomNumberGenerator.GetBytes(16), pair.Servers.EndPoints[3])])).ToArray();
        using var signaller = new Signaller(pair.Listener);
        foreach (var signal in signals)
        {
            signaller.Send(signal);
        }

        for (var count = 0; count < Burst; count++)
        {
            Assert.Equal(new byte[16], (await signaller.ReceiveAsync())[32..48]);
        }

        // A repeated Signal gets the cached answer and needs no token.
        signaller.Send(signals[0]);
        Assert.Equal(signals[0][30..32], (await signaller.ReceiveAsync())[6..8]);
        var asked = pair.Receiver.Logs.Lines.Count(line => line.StartsWith("Information 1803"));
        Assert.InRange(asked, Burst, Burst + 3);
        var samples = await Samples.OfAsync(pair.Receiver);
        var refused = samples["rke_limiter_decisions_total{limiter=\"signal_source\",decision=\"refused\"}"];
        Assert.True(refused > 0);
        Assert.Equal(samples["rke_signals_received_total{result=\"limited\"}"], refused);
        Assert.Equal(
            samples["rke_signals_received_total{result=\"accepted\"}"],
            samples["rke_limiter_decisions_total{limiter=\"signal_source\",decision=\"admitted\"}"]);
    }

    private static async Task<List<(byte[] Hash, IPEndPoint Server)>> PostAsync(
        SessionPair pair, int count, byte mark = 0xFF)
    {
        var parts = new List<(byte[], IPEndPoint)>();
        for (var index = 0; index < count; index++)
        {
            var bytes = RandomNumberGenerator.GetBytes(8);
            bytes[^1] = mark;
            var posted = await pair.Initiator.Client.PostKeyAsync(
                new() { RaidaId = (uint)index, KeyPart = ByteString.CopyFrom(bytes) }, cancellationToken: Cancelled);
            parts.Add((posted.KeyIdHash.ToByteArray(), pair.Servers.EndPoints[(byte)index]));
        }

        return parts;
    }
}
