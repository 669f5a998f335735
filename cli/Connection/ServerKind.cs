using System.Net;

namespace Rke.Cli;

/// <summary>What a server is that does not respond to gRPC.</summary>
internal enum ServerKind
{
    Unknown,

    /// <summary>The HTTP port of a gateway.</summary>
    GatewayHttpPort,

    /// <summary>A server with HTTP/1.1.</summary>
    Http,
}

/// <summary>Finds out what a server is, with one request of HTTP/1.1.</summary>
internal static class ServerKinds
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    public static async Task<ServerKind> FindAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
            {
                Timeout = Timeout,
                MaxResponseContentBufferSize = 1024,
                DefaultRequestVersion = HttpVersion.Version11,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var response = await client.GetAsync(new Uri(address, "/healthz"), cancellationToken);
            return response.IsSuccessStatusCode && await response.Content.ReadAsStringAsync(cancellationToken) == "ok\n"
                ? ServerKind.GatewayHttpPort
                : ServerKind.Http;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return ServerKind.Unknown;
        }
    }
}
