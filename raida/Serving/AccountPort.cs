using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.Raida.Accounts;
using Rke.UdpBridge.Streams;
using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>The TLS port of one server. It accepts Paid Account (docs/WIRE.md §10).</summary>
internal sealed class AccountPort : IStreamRequestHandler, IAsyncDisposable
{
    private readonly KeyServer _server;
    private readonly StreamServer _streams;

    /// <param name="server">The server.</param>
    /// <param name="socket">A socket that listens.</param>
    /// <param name="accounts">The options, with a certificate.</param>
    /// <param name="options">The limits of the connections.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For errors.</param>
    public AccountPort(
        KeyServer server, Socket socket, AccountOptions accounts, StreamServerOptions options, TimeProvider time, ILogger logger)
    {
        _server = server;
        var tls = new SslServerAuthenticationOptions
        {
            // Created once, so that a connection does not read the certificate again.
            ServerCertificateContext = SslStreamCertificateContext.Create(
                accounts.Certificate!, accounts.CertificateChain, offline: true),
        };
        _streams = new(socket, this, (stream, stop) => SecureAsync(stream, tls, stop), options, time, logger);
        _streams.Start();
    }

    public int BodyLength => PaidAccountPayload.BodyLength;

    public int ConnectionCount => _streams.ConnectionCount;

    public bool Accepts(in RequestHeader header, Span<byte> answer, out int length)
    {
        length = _server.RefuseStream(header, answer);
        return length == 0;
    }

    public ValueTask<int> AnswerAsync(
        ReadOnlyMemory<byte> request, IPEndPoint source, Memory<byte> answer, CancellationToken cancellationToken) =>
        new(_server.HandleStream(source.Address, request.Span, answer.Span));

    public ValueTask DisposeAsync() => _streams.DisposeAsync();

    private static async Task<Stream> SecureAsync(Stream stream, SslServerAuthenticationOptions tls, CancellationToken stop)
    {
        var secured = new SslStream(stream);
        try
        {
            await secured.AuthenticateAsServerAsync(tls, stop);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }
}
