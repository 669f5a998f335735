using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Rke.Examples.Tests;

/// <summary>A proxy in front of a gateway. It answers the first GetSession of each client with UNAVAILABLE, like a replica that stops.</summary>
internal sealed class UnavailableOnce : IAsyncDisposable
{
    private const string Method = "/rke.v1.RkeSessionService/GetSession";
    private const string Unavailable = "14";

    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true });
    private readonly ConcurrentQueue<int> _attempts = new();

    private UnavailableOnce(Uri gateway)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.Run(context => ForwardAsync(context, gateway));
    }

    public string Address => new Uri(_app.Urls.Single()).Authority;

    /// <summary>The number of calls of GetSession.</summary>
    public int Attempts => _attempts.Count;

    public static async Task<UnavailableOnce> StartAsync(Uri gateway)
    {
        var proxy = new UnavailableOnce(gateway);
        await proxy._app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context, Uri gateway)
    {
        if (context.Request.Path == Method)
        {
            _attempts.Enqueue(0);
            if (Attempts == 1)
            {
                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = Unavailable;
                return;
            }
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, context.Request.Path.ToString()))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StreamContent(context.Request.Body),
        };
        foreach (var (name, values) in context.Request.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        using var response = await _client.SendAsync(request, context.RequestAborted);
        Copy(response.Headers, context.Response.Headers);
        Copy(response.Content.Headers, context.Response.Headers);
        if (response.Headers.Contains("grpc-status"))
        {
            // A response of headers only.
            return;
        }

        await context.Response.StartAsync(context.RequestAborted);
        await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[16 << 10];
        while (await body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        var trailers = context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
        Copy(response.TrailingHeaders, trailers);
    }

    private static void Copy(IEnumerable<KeyValuePair<string, IEnumerable<string>>> from, IHeaderDictionary to)
    {
        foreach (var (name, values) in from)
        {
            to[name] = values.ToArray();
        }
    }
}
