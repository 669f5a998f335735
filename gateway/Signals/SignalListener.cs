using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Rke.Gateway.Background;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Signals;

/// <summary>The signalling service: receives Signals over UDP at <c>Rke:Signal:Listen</c>.</summary>
internal sealed class SignalListener(
    IOptions<SignalOptions> options,
    SignalHandler handler,
    BackgroundFailures failures,
    ILogger<SignalListener> logger,
    ExchangePort? exchange = null)
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
        // Exchange Keys uses the TCP port with the same number. A free UDP port can have a TCP port that is in use.
        const int MaxAttempts = 20;
        for (var attempt = 1; !TryBind(isLast: _listen.Port != 0 || attempt == MaxAttempts); attempt++)
        {
        }

        Log.SignalsReceived(logger, EndPoint!);
        return base.StartAsync(cancellationToken);
    }

    private bool TryBind(bool isLast)
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
            throw CannotListen($"{_listen}", exception.SocketErrorCode);
        }

        if (exchange?.Listen((IPEndPoint)socket.LocalEndPoint!) is { } error and not SocketError.Success)
        {
            socket.Dispose();
            return isLast ? throw CannotListen($"{_listen} over TCP", error) : false;
        }

        _socket = socket;
        return true;
    }

    private static SettingsException CannotListen(string address, SocketError error) => new(
    [
        $"Rke:Signal:Listen: the gateway cannot listen at {address} ({error}); write another address or port.",
    ]);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (exchange is not null)
        {
            await exchange.DisposeAsync();
        }

        await base.StopAsync(cancellationToken);
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
