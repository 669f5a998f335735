using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.UdpBridge.Streams;

/// <summary>Connects to servers over TCP or TLS, for the commands of docs/WIRE.md §10.</summary>
public sealed class StreamClient(IEntropySource entropy, TimeProvider timeProvider)
{
    /// <summary>Connects to a server.</summary>
    /// <param name="server">The server.</param>
    /// <param name="tls">The name and the trusted authorities of the server. Null: no TLS.</param>
    /// <param name="deadline">The end of the wait.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StreamException">There is no connection.</exception>
    public async Task<StreamConnection> ConnectAsync(
        ServerAddress server, SslClientAuthenticationOptions? tls, MonotonicTime deadline, CancellationToken cancellationToken)
    {
        var socket = new Socket(server.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            using var timeout = StartTimeout(deadline, cancellationToken);
            await socket.ConnectAsync(server.EndPoint, timeout.Token);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (tls is not null)
            {
                var secured = new SslStream(stream);
                stream = secured;
                await secured.AuthenticateAsClientAsync(tls, timeout.Token);
            }

            return new(server, stream, entropy, timeProvider);
        }
        catch (Exception exception) when (StreamException.Explains(exception, cancellationToken))
        {
            await DisposeAsync(socket, stream);
            throw StreamException.Of(exception);
        }
        catch
        {
            await DisposeAsync(socket, stream);
            throw;
        }
    }

    internal StreamTimeout StartTimeout(MonotonicTime deadline, CancellationToken cancellationToken)
    {
        var left = deadline - MonotonicTime.Now(timeProvider);
        return new(left > TimeSpan.Zero ? left : TimeSpan.Zero, timeProvider, cancellationToken);
    }

    private static async ValueTask DisposeAsync(Socket socket, Stream? stream)
    {
        if (stream is not null)
        {
            await stream.DisposeAsync();
        }

        socket.Dispose();
    }
}

/// <summary>A connection to a server. One request at a time.</summary>
public sealed class StreamConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly IEntropySource _entropy;
    private readonly TimeProvider _timeProvider;

    internal StreamConnection(ServerAddress server, Stream stream, IEntropySource entropy, TimeProvider timeProvider) =>
        (Server, _stream, _entropy, _timeProvider) = (server, stream, entropy, timeProvider);

    /// <summary>The server.</summary>
    public ServerAddress Server { get; }

    /// <summary>Encodes an unencrypted request with a new challenge and echo. Dispose it to clear its bytes.</summary>
    public static StreamRequest Encode<TPayload>(ServerAddress server, in TPayload payload, IEntropySource entropy)
        where TPayload : IPayload, allows ref struct
    {
        Span<byte> random = stackalloc byte[Challenge.RandomLength + Nonce.Length];
        entropy.Fill(random);
        var challenge = Challenge.Create(random);
        var nonce = new Nonce(BitConverter.ToUInt64(random[Challenge.RandomLength..])).EchoOnly;
        var address = new RequestAddress(server.Profile, server.Network, server.RaidaId, default);
        var bytes = GC.AllocateUninitializedArray<byte>(RequestFrame.Measure(server.Profile, payload), pinned: true);
        RequestFrame.Write(bytes, address, nonce, challenge, payload, cipher: null);
        var expected = ExpectedResponse.To(address, payload.Command, nonce, challenge, cipher: null, bytes.Length);
        return new(bytes, challenge, expected);
    }

    /// <summary>Encodes a request for this server.</summary>
    public StreamRequest Encode<TPayload>(in TPayload payload)
        where TPayload : IPayload, allows ref struct => Encode(Server, payload, _entropy);

    /// <summary>Sends a request and returns the response.</summary>
    /// <exception cref="StreamException">There is no valid response. The connection cannot be used any more.</exception>
    public async Task<StreamResponse> SendAsync(StreamRequest request, MonotonicTime deadline, CancellationToken cancellationToken)
    {
        var bytes = new byte[ProfileRules.MaxResponseLength];
        try
        {
            var left = deadline - MonotonicTime.Now(_timeProvider);
            using var timeout = new StreamTimeout(left > TimeSpan.Zero ? left : TimeSpan.Zero, _timeProvider, cancellationToken);
            await _stream.WriteAsync(request.Bytes, timeout.Token);
            await _stream.FlushAsync(timeout.Token);
            await _stream.ReadExactlyAsync(bytes.AsMemory(0, ResponseHeader.Length), timeout.Token);
            ResponseHeader.TryRead(bytes, out var header);
            if (header.BodySize > bytes.Length - ResponseHeader.Length)
            {
                throw new StreamException(StreamProblem.Unreadable, $"a body of {header.BodySize} bytes");
            }

            var length = ResponseHeader.Length + header.BodySize;
            await _stream.ReadExactlyAsync(bytes.AsMemory(ResponseHeader.Length, header.BodySize), timeout.Token);
            return Examine(request, bytes.AsSpan(0, length));
        }
        catch (Exception exception) when (StreamException.Explains(exception, cancellationToken))
        {
            throw StreamException.Of(exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    // On a connection, an unsigned error can only be the response to this request.
    private static StreamResponse Examine(StreamRequest request, ReadOnlySpan<byte> bytes)
    {
        var verdict = ResponseFrame.Examine(request.Expected, bytes, out var frame, out var error);
        if (verdict == ResponseVerdict.Ignored)
        {
            throw new StreamException(StreamProblem.Unreadable, error.ToString());
        }

        var status = WireStatuses.Interpret(
            request.Expected.Profile, request.Expected.Command, frame.IsHeaderError, frame.Header.Status);
        return new(status, frame.Header.Status, frame.SealedPayload);
    }
}

/// <summary>An encoded request. Dispose it to clear its bytes.</summary>
public sealed class StreamRequest : IDisposable
{
    private readonly byte[] _bytes;

    internal StreamRequest(byte[] bytes, Challenge challenge, ExpectedResponse expected) =>
        (_bytes, Challenge, Expected) = (bytes, challenge, expected);

    /// <summary>The challenge of the request.</summary>
    public Challenge Challenge { get; }

    internal ReadOnlyMemory<byte> Bytes => _bytes;

    internal ExpectedResponse Expected { get; }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}

/// <summary>A response. Dispose it to clear its payload.</summary>
public sealed class StreamResponse : IDisposable
{
    private readonly byte[] _payload;

    internal StreamResponse(WireStatus status, byte statusByte, ReadOnlySpan<byte> payload)
    {
        (Status, StatusByte) = (status, statusByte);
        _payload = GC.AllocateUninitializedArray<byte>(payload.Length, pinned: true);
        payload.CopyTo(_payload);
    }

    /// <summary>The meaning of the status.</summary>
    public WireStatus Status { get; }

    /// <summary>The status byte.</summary>
    public byte StatusByte { get; }

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload => _payload;

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_payload);
}

/// <summary>Why there is no response over TCP.</summary>
public enum StreamProblem
{
    /// <summary>Nothing accepts connections at the address, or the connection broke.</summary>
    Unreachable,

    /// <summary>There was no response before the deadline.</summary>
    TimedOut,

    /// <summary>The TLS handshake failed. Usually the certificate of the server is not trusted.</summary>
    NotTrusted,

    /// <summary>The bytes are not the response to the request.</summary>
    Unreadable,
}

/// <summary>There is no response over TCP. The message has no secrets.</summary>
public sealed class StreamException : Exception
{
    internal StreamException(StreamProblem problem, string message, Exception? cause = null)
        : base(message, cause) => Problem = problem;

    /// <summary>The kind of failure.</summary>
    public StreamProblem Problem { get; }

    internal static bool Explains(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && exception is (StreamException or AuthenticationException or SocketException or IOException or OperationCanceledException);

    internal static StreamException Of(Exception exception) => exception switch
    {
        StreamException known => known,
        AuthenticationException => new(StreamProblem.NotTrusted, exception.Message, exception),
        SocketException socket => new(StreamProblem.Unreachable, socket.SocketErrorCode.ToString(), exception),
        OperationCanceledException => new(StreamProblem.TimedOut, "There was no response before the deadline.", exception),
        _ => new(StreamProblem.Unreachable, "The connection was closed.", exception),
    };
}
