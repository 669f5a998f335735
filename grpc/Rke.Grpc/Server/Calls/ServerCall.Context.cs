using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

internal sealed partial class ServerCall
{
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private AuthContext? _authContext;

    protected override string MethodCore => _handler.Method.FullName;

    protected override string HostCore => HttpContext.Request.Host.Value ?? "";

    protected override string PeerCore
    {
        get
        {
            var connection = HttpContext.Connection;
            var address = connection.RemoteIpAddress;
            return address?.AddressFamily switch
            {
                AddressFamily.InterNetwork =>
                    string.Create(CultureInfo.InvariantCulture, $"ipv4:{address}:{connection.RemotePort}"),
                AddressFamily.InterNetworkV6 =>
                    string.Create(CultureInfo.InvariantCulture, $"ipv6:[{address}]:{connection.RemotePort}"),
                _ => "unknown:unknown",
            };
        }
    }

    protected override DateTime DeadlineCore => _deadline?.At ?? DateTime.MaxValue;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= RequestMetadata.Read(HttpContext.Request);

    protected override CancellationToken CancellationTokenCore => _deadline?.Token ?? HttpContext.RequestAborted;

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore =>
        _authContext ??= PeerCertificate.ToAuthContext(HttpContext.Connection.ClientCertificate);

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        if (HttpContext.Response.HasStarted)
        {
            throw new InvalidOperationException("The response headers have been sent.");
        }

        var headers = new Metadata();
        foreach (var entry in responseHeaders)
        {
            if (entry.Key == RequestMetadata.EncodingRequest)
            {
                _isGzip = entry.Value == MessageEncoding.Gzip;
            }
            else
            {
                headers.Add(entry);
            }
        }

        CallResponse.Write(HttpContext.Response.Headers, headers);
        await StartResponseAsync();
        await HttpContext.Response.BodyWriter.FlushAsync();
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        new CallPropagationToken(this, options ?? ContextPropagationOptions.Default);
}
