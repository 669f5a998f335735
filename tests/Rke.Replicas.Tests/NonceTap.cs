using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Rke.Replicas.Tests;

/// <summary>
/// A UDP relay in front of a key server. It records the nonce of each encrypted request (docs/WIRE.md §2). A repeated datagram is the
/// same request.
/// </summary>
internal sealed class NonceTap : IAsyncDisposable
{
    private const int HeaderLength = 32;
    private const int MaxDatagram = 2048;

    private readonly Socket _front = Bound();
    private readonly ConcurrentDictionary<SocketAddress, Socket> _callers = new();
    private readonly ConcurrentBag<Task> _loops = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly SocketAddress _server;
    private readonly ConcurrentDictionary<(byte RaidaId, ulong Coin, ulong Nonce), UInt128> _nonces;

    public NonceTap(IPEndPoint server, ConcurrentDictionary<(byte RaidaId, ulong Coin, ulong Nonce), UInt128> nonces)
    {
        _server = server.Serialize();
        _nonces = nonces;
        EndPoint = (IPEndPoint)_front.LocalEndPoint!;
        _loops.Add(CarryRequestsAsync());
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Different requests under one authenticity number with one nonce.</summary>
    public int Repeats { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        _front.Dispose();
        foreach (var caller in _callers.Values)
        {
            caller.Dispose();
        }

        _stop.Dispose();
    }

    private async Task CarryRequestsAsync()
    {
        var buffer = new byte[MaxDatagram];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        while (await ReceiveAsync(_front, buffer, from) is { } length)
        {
            Note(buffer.AsSpan(0, length));
            if (!_callers.TryGetValue(from, out var caller))
            {
                var copy = new SocketAddress(from.Family, from.Size);
                from.Buffer.Span[..from.Size].CopyTo(copy.Buffer.Span);
                _callers[copy] = caller = Bound();
                _loops.Add(CarryAnswersAsync(caller, copy));
            }

            caller.SendTo(buffer.AsSpan(0, length), SocketFlags.None, _server);
        }
    }

    private async Task CarryAnswersAsync(Socket caller, SocketAddress back)
    {
        var buffer = new byte[MaxDatagram];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        while (await ReceiveAsync(caller, buffer, from) is { } length)
        {
            // Not SendToAsync, because it reuses its arguments, and several loops send on this socket.
            _front.SendTo(buffer.AsSpan(0, length), SocketFlags.None, back);
        }
    }

    private async Task<int?> ReceiveAsync(Socket socket, byte[] buffer, SocketAddress from)
    {
        while (true)
        {
            try
            {
                return await socket.ReceiveFromAsync(buffer, SocketFlags.None, from, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (SocketException)
            {
                // The port of the caller is closed.
            }
        }
    }

    private void Note(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < HeaderLength || datagram[16] == 0)
        {
            return;
        }

        var coin = ((ulong)datagram[17] << 32) | BinaryPrimitives.ReadUInt32BigEndian(datagram[18..]);
        var key = (datagram[2], coin, BinaryPrimitives.ReadUInt64BigEndian(datagram[24..]));
        var digest = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(datagram));
        if (_nonces.GetOrAdd(key, digest) != digest)
        {
            Repeats++;
        }
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = 4 << 20,
        };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
