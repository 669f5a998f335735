using System.Net;
using System.Net.Sockets;
using Rke.Gateway.Configuration;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Signalling;

/// <summary>The gateway's signalling service: receives Signals over UDP where <c>Rke:Signal:Listen</c> says.</summary>
internal sealed class SignalListener(LiveSettings live, SignalDesk desk, ILogger<SignalListener> logger)
    : BackgroundService
{
    // One byte more than a request may have, so that a longer one is seen.
    private const int ReceiveLength = 1401;
    private const int SocketBuffer = 1 << 20;

    private readonly IPEndPoint _listen = live.Signal.Listen!;
    private Socket? _socket;

    /// <summary>Where it listens, with the port that it really has; null before it does.</summary>
    public IPEndPoint? EndPoint => (IPEndPoint?)_socket?.LocalEndPoint;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(_listen.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (_listen.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.ReceiveBufferSize = SocketBuffer;
            socket.Bind(_listen);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new SettingsException(
            [
                $"Rke:Signal:Listen: {_listen} cannot be listened at ({exception.SocketErrorCode}): "
                + "write another address or port.",
            ]);
        }

        _socket = socket;
        Log.SignalsReceived(logger, EndPoint!);
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _socket?.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(ReceiveLength, pinned: true);
        var remote = new SocketAddress(_socket!.AddressFamily);
        var template = new IPEndPoint(_listen.Address, 0);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var length = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, remote, stoppingToken);
                var source = (IPEndPoint)template.Create(remote);
                var answering = desk.AnswerAsync(buffer.AsSpan(0, length), source, stoppingToken);
                if (answering.IsCompletedSuccessfully)
                {
                    Send(answering.Result, source);
                }
                else
                {
                    _ = SendWhenReadyAsync(answering.AsTask(), source);
                }
            }
            catch (SocketException exception)
            {
                // The fate of one datagram, such as an ICMP refusal of an answer.
                Log.SignalSocketFailed(logger, exception.SocketErrorCode);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task SendWhenReadyAsync(Task<ReadOnlyMemory<byte>> answering, IPEndPoint source) =>
        Send(await answering, source);

    private void Send(ReadOnlyMemory<byte> answer, IPEndPoint source)
    {
        if (answer.IsEmpty)
        {
            return;
        }

        try
        {
            _socket!.SendTo(answer.Span, SocketFlags.None, source);
        }
        catch (SocketException exception)
        {
            Log.SignalSocketFailed(logger, exception.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            // The gateway stopped meanwhile.
        }
    }
}
