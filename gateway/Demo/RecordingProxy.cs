using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Rke.Gateway.Demo;

/// <summary>
/// A UDP proxy in front of one server. It records each datagram in both directions and forwards it unchanged.
/// </summary>
internal sealed class RecordingProxy : IAsyncDisposable
{
    private const int MaxDatagram = 2048;

    private readonly UdpClient _listener = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly ConcurrentDictionary<IPEndPoint, UdpClient> _callers = new();
    private readonly ConcurrentQueue<RecordedDatagram> _recorded;
    private readonly RecordedPath _path;
    private readonly IPEndPoint _server;
    private readonly Task _loop;

    public RecordingProxy(RecordedPath path, IPEndPoint server, ConcurrentQueue<RecordedDatagram> seen)
    {
        _path = path;
        _server = server;
        _recorded = seen;
        EndPoint = (IPEndPoint)_listener.Client.LocalEndPoint!;
        _loop = ForwardRequestsAsync();
    }

    /// <summary>The address that clients use instead of the server's.</summary>
    public IPEndPoint EndPoint { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var caller in _callers.Values)
        {
            caller.Dispose();
        }

        await _loop;
    }

    private async Task ForwardRequestsAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
            {
                var received = await _listener.ReceiveAsync();
                Record(received.Buffer, received.RemoteEndPoint, isRequest: true);
                if (!_callers.TryGetValue(received.RemoteEndPoint, out var caller))
                {
                    _callers[received.RemoteEndPoint] = caller = new();
                    caller.Connect(_server);
                    answers.Add(ForwardAnswersAsync(caller, received.RemoteEndPoint));
                }

                await caller.SendAsync(received.Buffer);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task ForwardAnswersAsync(UdpClient caller, IPEndPoint back)
    {
        try
        {
            while (true)
            {
                var received = await caller.ReceiveAsync();
                Record(received.Buffer, back, isRequest: false);
                await _listener.SendAsync(received.Buffer, back);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The demonstration is over.
        }
    }

    private void Record(byte[] datagram, IPEndPoint caller, bool isRequest)
    {
        if (datagram.Length <= MaxDatagram)
        {
            _recorded.Enqueue(new(_path, caller, isRequest, datagram));
        }
    }
}

/// <summary>A recorded datagram.</summary>
/// <param name="Path">The proxy that recorded the datagram.</param>
/// <param name="Caller">The client on this path.</param>
/// <param name="IsRequest">Whether the client sent the datagram.</param>
/// <param name="Bytes">The whole datagram.</param>
internal sealed record RecordedDatagram(RecordedPath Path, IPEndPoint Caller, bool IsRequest, byte[] Bytes)
{
    private const int HeaderLength = 32;
    private const int CommandOffset = 5;

    /// <summary>The command of a request to a key server.</summary>
    public byte Command => Bytes[CommandOffset];

    /// <summary>The header in hexadecimal, which is never encrypted, and the length of the rest.</summary>
    public string Describe()
    {
        var header = Bytes.AsSpan(0, Math.Min(HeaderLength, Bytes.Length));
        var rest = Bytes.Length - header.Length;
        var hex = string.Join(' ', Convert.ToHexStringLower(header).Chunk(8).Select(group => new string(group)));
        var text = $"{(IsRequest ? '>' : '<')} {Bytes.Length,3} bytes  {hex}";
        return rest > 0 ? $"{text} + {rest}" : text;
    }
}

/// <summary>The server behind a proxy: a key server, the signalling service of the receiver, or the name server.</summary>
/// <param name="RaidaId">The id of the key server. Null for other servers.</param>
/// <param name="Name">The name of the server.</param>
internal sealed record RecordedPath(byte? RaidaId, string Name)
{
    public static RecordedPath Names { get; } = new(null, "name server");

    public static RecordedPath Signal { get; } = new(null, "signalling service");

    public static RecordedPath To(byte raidaId) => new(raidaId, $"key server {raidaId,2}");
}
