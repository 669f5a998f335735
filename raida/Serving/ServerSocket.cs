using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.Raida.Impairments;
using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>
/// One server's UDP socket and the threads that receive on it. They block in the receive call: that costs fewer
/// system calls and no allocation for a datagram.
/// </summary>
internal sealed class ServerSocket : IAsyncDisposable
{
    // One byte more than a request may have, so that a longer one is seen.
    private const int ReceiveLength = ProfileRules.MaxRequestLength + 1;
    private const int StackLength = 256 * 1024;
    private const int SocketBuffer = 4 * 1024 * 1024;

    private readonly KeyServer _server;
    private readonly ILogger _logger;
    private readonly Socket _socket;
    private readonly ImpairedPath? _requests;
    private readonly ImpairedPath? _answers;
    private readonly List<TaskCompletionSource> _loops = [];
    private volatile bool _stopping;

    public ServerSocket(
        KeyServer server, IPEndPoint listen, KeyServerOptions options, TimeProvider time, ILogger logger)
    {
        _server = server;
        _logger = logger;
        _requests = MakePath(options.Requests, options.Seed, server.RaidaId, 0, time, AnswerLater);
        _answers = MakePath(options.Answers, options.Seed, server.RaidaId, 1, time, Send);
        _socket = new Socket(listen.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            _socket.ReceiveBufferSize = SocketBuffer;
            _socket.SendBufferSize = SocketBuffer;
            _socket.Bind(listen);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public void Start(int loops)
    {
        for (var loop = 0; loop < loops; loop++)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _loops.Add(ended);
            var thread = new Thread(() => Run(ended), StackLength)
            {
                IsBackground = true,
                Name = $"raida-{_server.RaidaId}",
            };
            thread.Start();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _requests?.Dispose();
        _answers?.Dispose();
        _socket.Dispose();
        await Task.WhenAll(_loops.Select(loop => loop.Task));
        _server.Dispose();
    }

    private static ImpairedPath? MakePath(
        Impairment impairment, ulong seed, byte raidaId, ulong direction, TimeProvider time, Deliver deliver) =>
        impairment.IsNone ? null : new(impairment, seed ^ (((raidaId * 2ul) + direction + 1) << 56), time, deliver);

    private void Run(TaskCompletionSource ended)
    {
        var datagram = new byte[ReceiveLength];
        var answer = new byte[ProfileRules.MaxResponseLength];
        var remote = new SocketAddress(_socket.AddressFamily);
        while (!_stopping)
        {
            try
            {
                var length = _socket.ReceiveFrom(datagram, SocketFlags.None, remote);
                if (_requests is null)
                {
                    Answer(datagram.AsSpan(0, length), remote, answer);
                }
                else
                {
                    _requests.Pass(datagram.AsSpan(0, length), remote);
                }
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                // Closing the socket ends the wait; anything else was the fate of one datagram.
            }
#pragma warning disable CA1031 // A fault in answering one datagram must not end the server.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Log.Failed(_logger, _server.RaidaId, failure);
            }
        }

        ended.SetResult();
    }

    private void AnswerLater(ReadOnlySpan<byte> datagram, SocketAddress remote) =>
        Answer(datagram, remote, new byte[ProfileRules.MaxResponseLength]);

    private void Answer(ReadOnlySpan<byte> datagram, SocketAddress remote, Span<byte> answer)
    {
        var length = _server.Handle(RemoteAddress.Of(remote), datagram, answer);
        if (length == 0)
        {
            return;
        }

        if (_answers is null)
        {
            Send(answer[..length], remote);
        }
        else
        {
            _answers.Pass(answer[..length], remote);
        }
    }

    private void Send(ReadOnlySpan<byte> answer, SocketAddress remote)
    {
        try
        {
            _socket.SendTo(answer, SocketFlags.None, remote);
        }
        catch (SocketException failure)
        {
            Log.NotSent(_logger, _server.RaidaId, failure.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            // The server stopped while a datagram was on its way.
        }
    }
}
