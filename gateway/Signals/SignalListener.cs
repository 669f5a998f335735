using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Rke.Gateway.Background;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Signals;

/// <summary>The signalling service: receives Signals over UDP at <c>Rke:Signal:Listen</c>.</summary>
internal sealed class SignalListener(
    IOptions<SignalOptions> options, SignalHandler handler, BackgroundFailures failures, ILogger<SignalListener> logger)
    : BackgroundLoop(failures)
{
    // One byte more than the longest request, so that the handler sees a request that is too long.
    private const int ReceiveLength = 1401;
    private const int SocketBuffer = 1 << 20;

    private readonly IPEndPoint _listen = options.Value.Listen!;
    private Socket? _socket;

    /// <summary>The bound address and port. Null before the start.</summary>
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
                $"Rke:Signal:Listen: the gateway cannot listen at {_listen} ({exception.SocketErrorCode}); "
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

    protected override async Task LoopAsync(CancellationToken stoppingToken)
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
                var answering = handler.AnswerAsync(buffer.AsSpan(0, length), source, stoppingToken);
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
                // The failure of one datagram, such as an ICMP error for an answer.
                Log.SignalSocketFailed(logger, exception.SocketErrorCode);
            }
#pragma warning disable CA1031 // A failure of one Signal must not stop the listener.
            catch (Exception exception) when (exception is not (OperationCanceledException or ObjectDisposedException))
#pragma warning restore CA1031
            {
                Log.SignalFailed(logger, exception);
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
            // The gateway has stopped.
        }
    }
}
