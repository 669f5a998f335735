using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.Gateway.Dns;

/// <summary>
/// One question to one resolver over UDP or TCP. Every try has a socket of its own, connected, so that the system
/// picks an unpredictable source port and lets nobody else's datagrams in (RFC 5452 §9).
/// </summary>
internal sealed class DnsTransport(TimeProvider timeProvider, DnsMeter meter)
{
    private const int LengthPrefix = 2;

    // More than was offered (DnsQuery.DatagramLimit): some servers take no notice.
    private const int ReceiveLength = 4096;

    /// <summary>The reply, or why there is none. Throws only for the caller's cancellation.</summary>
    public async Task<(DnsReply? Reply, DnsOutcome Failure)> AskOverUdpAsync(
        IPEndPoint resolver, DnsQuery query, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(wait, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(ReceiveLength);
        try
        {
            using var socket = new Socket(resolver.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(resolver, either.Token);
            await socket.SendAsync(query.Bytes, SocketFlags.None, either.Token);
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, either.Token);
                if (Accept(query, buffer.AsSpan(0, length)) is { } reply)
                {
                    return (reply, default);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, DnsOutcome.TimedOut);
        }
        catch (SocketException)
        {
            return (null, DnsOutcome.Unreachable);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The same over TCP: each message behind its length in 2 bytes (RFC 7766 §8).</summary>
    public async Task<(DnsReply? Reply, DnsOutcome Failure)> AskOverTcpAsync(
        IPEndPoint resolver, DnsQuery query, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(wait, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(LengthPrefix + ushort.MaxValue);
        try
        {
            using var client = new TcpClient(resolver.AddressFamily);
            await client.ConnectAsync(resolver, either.Token);
            var stream = client.GetStream();
            BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)query.Bytes.Length);
            query.Bytes.CopyTo(buffer.AsMemory(LengthPrefix));
            await stream.WriteAsync(buffer.AsMemory(0, LengthPrefix + query.Bytes.Length), either.Token);
            while (true)
            {
                await stream.ReadExactlyAsync(buffer.AsMemory(0, LengthPrefix), either.Token);
                var length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
                await stream.ReadExactlyAsync(buffer.AsMemory(0, length), either.Token);
                if (Accept(query, buffer.AsSpan(0, length)) is { } reply)
                {
                    return (reply, default);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, DnsOutcome.TimedOut);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return (null, DnsOutcome.Unreachable);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private DnsReply? Accept(DnsQuery query, ReadOnlySpan<byte> message)
    {
        var verdict = query.Judge(message, out var reply);
        if (verdict != ReplyVerdict.Matches)
        {
            meter.CountIgnoredReply(verdict);
        }

        return reply;
    }
}
