using System.Net;
using System.Net.Sockets;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>A real UDP server. The script of a test returns the responses to each datagram.</summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Func<ReceivedRequest, IEnumerable<byte[]>> _script;
    private readonly List<ReceivedRequest> _requests = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private readonly Task _loop;

    public ScriptedServer(
        Func<ReceivedRequest, IEnumerable<byte[]>> script,
        WireProfile profile = WireProfile.Rke,
        byte raidaId = 7,
        IPAddress? address = null,
        int port = 0)
    {
        address ??= IPAddress.Loopback;
        _script = script;
        _socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 22 };
        _socket.Bind(new IPEndPoint(address, port));
        Address = new(profile, 6, raidaId, (IPEndPoint)_socket.LocalEndPoint!);
        Number = AuthenticityNumber.Read([.. Enumerable.Range(raidaId, 16).Select(value => (byte)value)]);
        Coin = new(Number);
        _loop = Task.Run(RunAsync);
    }

    public ServerAddress Address { get; }

    public AuthenticityNumber Number { get; }

    public CoinCipher Coin { get; }

    public IReadOnlyList<ReceivedRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>A server that never responds.</summary>
    public static ScriptedServer Silent() => new(static _ => []);

    /// <summary>A server that responds to every Echo.</summary>
    public static ScriptedServer Echoing(byte raidaId = 7, IPAddress? address = null) =>
        new(static request => [request.Respond(WireStatus.Success)], raidaId: raidaId, address: address);

    /// <summary>An address where nothing listens.</summary>
    public static ServerAddress ClosedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new(WireProfile.Rke, 6, 7, (IPEndPoint)socket.LocalEndPoint!);
    }

    public RequestEncryption Encryption() => new(new CoinId(1, 77), Coin, new ProcessNonceSource().Next());

    public void Send(byte[] datagram, IPEndPoint target) => _socket.SendTo(datagram, target);

    public Task ReceivedAsync(int count)
    {
        lock (_requests)
        {
            if (_requests.Count >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _loop;
        Coin.Dispose();
    }

    private async Task RunAsync()
    {
        var buffer = new byte[2048];
        var isIPv4 = _socket.AddressFamily == AddressFamily.InterNetwork;
        var any = new IPEndPoint(isIPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            SocketReceiveFromResult result;
            try
            {
                result = await _socket.ReceiveFromAsync(buffer, any);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                return;
            }

            foreach (var reply in _script(Note(buffer[..result.ReceivedBytes], (IPEndPoint)result.RemoteEndPoint)))
            {
                try
                {
                    _socket.SendTo(reply, result.RemoteEndPoint);
                }
                catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
                {
                    return;
                }
            }
        }
    }

    private ReceivedRequest Note(byte[] bytes, IPEndPoint source)
    {
        lock (_requests)
        {
            var request = new ReceivedRequest(_requests.Count, bytes, source, Address.Profile, Coin);
            _requests.Add(request);
            _waiters.RemoveAll(waiter => waiter.Count <= _requests.Count && waiter.Reached.TrySetResult());
            return request;
        }
    }
}
