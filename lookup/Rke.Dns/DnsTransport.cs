using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.Dns;

/// <summary>
/// Sends one query to one resolver over UDP or TCP. Each attempt has its own connected socket, so the system chooses an
/// unpredictable source port and drops datagrams from other addresses (RFC 5452 §9).
/// </summary>
public sealed class DnsTransport(TimeProvider timeProvider, DnsMeter meter)
{
    private const int LengthPrefix = 2;

    // More than DnsQuery.DatagramLimit, because some servers ignore that limit.
    private const int ReceiveLength = 4096;

    /// <summary>Returns the reply, or the reason why there is none. Throws only if the caller cancels.</summary>
    public async Task<(DnsReply? Reply, DnsOutcome Failure)> AskOverUdpAsync(
        IPEndPoint resolver, DnsQuery query, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(wait, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var silence = DnsOutcome.TimedOut;
        var buffer = ArrayPool<byte>.Shared.Rent(ReceiveLength);
        try
        {
            using var socket = new Socket(resolver.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(resolver, either.Token);
            await socket.SendAsync(query.Bytes, SocketFlags.None, either.Token);
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, either.Token);
                var verdict = Check(query, buffer.AsSpan(0, length), out var reply);
                if (verdict == ReplyVerdict.Matches)
                {
                    return (reply, default);
                }

                silence = verdict == ReplyVerdict.WrongCase ? DnsOutcome.CaseChanged : silence;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, silence);
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

    /// <summary>Does the same over TCP, where each message follows its length in 2 bytes (RFC 7766 §8).</summary>
    public async Task<(DnsReply? Reply, DnsOutcome Failure)> AskOverTcpAsync(
        IPEndPoint resolver, DnsQuery query, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(wait, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var silence = DnsOutcome.TimedOut;
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
                var verdict = Check(query, buffer.AsSpan(0, length), out var reply);
                if (verdict == ReplyVerdict.Matches)
                {
                    return (reply, default);
                }

                silence = verdict == ReplyVerdict.WrongCase ? DnsOutcome.CaseChanged : silence;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, silence);
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

    private ReplyVerdict Check(DnsQuery query, ReadOnlySpan<byte> message, out DnsReply? reply)
    {
        var verdict = query.Check(message, out reply);
        if (verdict != ReplyVerdict.Matches)
        {
            meter.CountIgnoredReply(verdict);
        }

        return verdict;
    }
}
