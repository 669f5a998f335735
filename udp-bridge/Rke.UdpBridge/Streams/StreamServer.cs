using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rke.Wire;

namespace Rke.UdpBridge.Streams;

/// <summary>
/// Receives requests over TCP, or over TLS, and sends the answers (docs/WIRE.md §10). Its memory is bounded: the number of connections is
/// limited, a connection that waits has a buffer for a header only, and a request has one valid length. No client can hold a connection without sending
/// requests.
/// </summary>
public sealed class StreamServer : IAsyncDisposable
{
    /// <summary>The maximum length of an answer in bytes.</summary>
    public const int MaxAnswerLength = 64;

    private const int Backlog = 512;

    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(50);

    private readonly Socket _socket;
    private readonly IStreamRequestHandler _handler;
    private readonly Func<Stream, CancellationToken, Task<Stream>>? _secure;
    private readonly StreamServerOptions _options;
    private readonly StreamConnections _connections;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _accepting = Task.CompletedTask;

    /// <param name="socket">A bound socket. The server disposes it.</param>
    /// <param name="handler">Answers the requests.</param>
    /// <param name="secure">Makes a TLS stream of a connection. Null: no TLS.</param>
    /// <param name="options">The limits.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">For unexpected failures.</param>
    public StreamServer(
        Socket socket,
        IStreamRequestHandler handler,
        Func<Stream, CancellationToken, Task<Stream>>? secure,
        StreamServerOptions options,
        TimeProvider timeProvider,
        ILogger logger)
    {
        (_socket, _handler, _secure, _options, _timeProvider, _logger) = (socket, handler, secure, options, timeProvider, logger);
        _connections = new(options);
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>The address and port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The number of open connections.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>A bound TCP socket. [::] stands for the addresses of both families.</summary>
    /// <exception cref="SocketException">The address is not available.</exception>
    public static Socket Bind(IPEndPoint listen)
    {
        var socket = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (listen.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(listen);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Starts to accept connections.</summary>
    public void Start()
    {
        _socket.Listen(Backlog);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _accepting;
        await _connections.CloseAllAsync();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket.AcceptAsync(_stop.Token);
                if (_connections.TryAdd(socket) is { } connection)
                {
                    connection.Work = ServeAsync(connection);
                }
                else
                {
                    StreamConnections.Abort(socket);
                }
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException)
            {
                // The client has gone, or the process has no more file descriptors. A pause keeps the loop from using a processor.
                await Task.Delay(AcceptPause, _timeProvider, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeAsync(OpenConnection connection)
    {
        // The loop that accepts connections must not wait for this one.
        await Task.Yield();
        try
        {
            await using Stream plain = new NetworkStream(connection.Socket, ownsSocket: false);
            await using var stream = await SecureAsync(plain);
            while (await AnswerNextAsync(stream, connection))
            {
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException
            or ObjectDisposedException or AuthenticationException or InvalidOperationException)
        {
            // The client has closed the connection or is too slow, TLS has failed, or the server closed the connection for another one.
        }
#pragma warning disable CA1031 // A failure of one request must not stop the server.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.StreamRequestFailed(_logger, exception);
        }
        finally
        {
            _connections.Remove(connection);
        }
    }

    private async Task<Stream> SecureAsync(Stream plain)
    {
        if (_secure is null)
        {
            return plain;
        }

        using var timeout = StartTimeout();
        return await _secure(plain, timeout.Token);
    }

    // Returns false if the connection is to be closed.
    private async Task<bool> AnswerNextAsync(Stream stream, OpenConnection connection)
    {
        using var timeout = StartTimeout();
        var head = new byte[RequestHeader.Length];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, timeout.Token) < head.Length)
        {
            return false;
        }

        // An answer can contain an authenticity number.
        var answer = GC.AllocateArray<byte>(MaxAnswerLength, pinned: true);
        try
        {
            var isAccepted = Accepts(head, answer, out var length);
            if (isAccepted)
            {
                length = await ReadAndAnswerAsync(stream, head, connection, answer, timeout.Token);
                if (length == 0)
                {
                    return false;
                }
            }

            using var sending = StartTimeout();
            await stream.WriteAsync(answer.AsMemory(0, length), sending.Token);
            await stream.FlushAsync(sending.Token);
            _connections.SetWaiting(connection);
            return isAccepted;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(answer);
        }
    }

    private bool Accepts(byte[] head, Span<byte> answer, out int length)
    {
        RequestHeader.TryRead(head, out var header);
        return _handler.Accepts(header, answer, out length);
    }

    private async Task<int> ReadAndAnswerAsync(
        Stream stream, byte[] head, OpenConnection connection, byte[] answer, CancellationToken timeout)
    {
        var total = RequestHeader.Length + _handler.BodyLength;
        var request = ArrayPool<byte>.Shared.Rent(total);
        try
        {
            head.CopyTo(request, 0);
            await stream.ReadExactlyAsync(request.AsMemory(head.Length, total - head.Length), timeout);
            _connections.SetWorking(connection);
            return await _handler.AnswerAsync(request.AsMemory(0, total), connection.Source, answer, _stop.Token);
        }
        finally
        {
            // A request can contain authenticity numbers.
            ArrayPool<byte>.Shared.Return(request, clearArray: true);
        }
    }

    private StreamTimeout StartTimeout() => new(_options.RequestTimeout, _timeProvider, _stop.Token);
}

/// <summary>A token that ends after a time, or when the server stops.</summary>
internal sealed class StreamTimeout : IDisposable
{
    // A timer cannot wait longer than 49 days.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _timeout;
    private readonly CancellationTokenSource _linked;

    public StreamTimeout(TimeSpan time, TimeProvider timeProvider, CancellationToken stop)
    {
        _timeout = new(time < Longest ? time : Longest, timeProvider);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timeout.Token, stop);
    }

    public CancellationToken Token => _linked.Token;

    public void Dispose()
    {
        _linked.Dispose();
        _timeout.Dispose();
    }
}
