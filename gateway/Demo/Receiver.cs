using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Rke.Gateway.Translation;
using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>
/// The other side: it listens for a Signal, collects the parts through a gateway, joins them and answers which it used.
/// </summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly TaskCompletionSource<ReceivedKey> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Receiver() => EndPoint = (IPEndPoint)_socket.Client.LocalEndPoint!;

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The first key that arrived.</summary>
    public Task<ReceivedKey> Received => _received.Task;

    /// <summary>Listens until it is disposed.</summary>
    public async Task ListenAsync(RkeService.RkeServiceClient gateway)
    {
        try
        {
            while (true)
            {
                var datagram = await _socket.ReceiveAsync();
                var started = Stopwatch.GetTimestamp();
                if (!ReceivedSignal.TryRead(datagram.Buffer, out var signal, out _))
                {
                    continue;
                }

                var parts = await Task.WhenAll(signal.Parts.Select(part => CollectAsync(gateway, part)));
                var used = Enumerable.Range(0, parts.Length).Where(index => parts[index] is not null).ToArray();
                var answer = new byte[ReceivedSignal.AnswerRoom];
                var length = signal.Answer(used, Stopwatch.GetElapsedTime(started), answer);
                await _socket.SendAsync(answer.AsMemory(0, length), datagram.RemoteEndPoint);
                _received.TrySetResult(new(
                    [.. used.SelectMany(index => parts[index]!)], datagram.Buffer, answer[..length]));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            _received.TrySetCanceled();
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<byte[]?> CollectAsync(RkeService.RkeServiceClient gateway, KeyPartLocation part)
    {
        try
        {
            var got = await gateway.GetKeyAsync(new() { Endpoint = part.Server, KeyIdHash = part.KeyIdHash });
            return got.KeyPart.ToByteArray();
        }
        catch (RpcException)
        {
            // A part that cannot be had is not used: the flags say so.
            return null;
        }
    }
}

/// <summary>What a Signal brought.</summary>
/// <param name="Key">The used parts, joined.</param>
/// <param name="Signal">The datagram that came.</param>
/// <param name="Answer">The datagram that went back.</param>
internal sealed record ReceivedKey(byte[] Key, byte[] Signal, byte[] Answer);
