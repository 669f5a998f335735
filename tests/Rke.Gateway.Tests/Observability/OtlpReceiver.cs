using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Rke.Gateway.Tests.Observability;

/// <summary>A collector that records the requests it receives over gRPC or HTTP.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private const int FrameHeader = 5;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _received = new();
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentDictionary<string, bool> _metrics = new(StringComparer.Ordinal);

    private OtlpReceiver(WebApplication app) => _app = app;

    public Uri Endpoint => new(_app.Urls.Single());

    /// <summary>The received requests.</summary>
    public IReadOnlyCollection<byte[]> Received => _received;

    public IReadOnlyCollection<OtlpSpan> Spans => _spans;

    public IEnumerable<string> MetricNames => _metrics.Keys;

    public static async Task<OtlpReceiver> StartAsync(bool isGrpc)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/traces", context => ReceiveAsync(context, 0, receiver.AddSpans));
        app.MapPost("/v1/metrics", context => ReceiveAsync(context, 0, receiver.AddMetrics));
        app.MapPost(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            context => ReceiveAsync(context, FrameHeader, receiver.AddSpans));
        app.MapPost(
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            context => ReceiveAsync(context, FrameHeader, receiver.AddMetrics));
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task ReceiveAsync(HttpContext context, int skip, Action<byte[]> receive)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (skip > 0)
        {
            Assert.Equal(body.Length - skip, BinaryPrimitives.ReadUInt32BigEndian(body.GetBuffer().AsSpan(1)));
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[FrameHeader]);
            context.Features.Get<IHttpResponseTrailersFeature>()!.Trailers["grpc-status"] = "0";
        }

        receive(body.ToArray()[skip..]);
    }

    private void AddSpans(byte[] request)
    {
        _received.Enqueue(request);
        foreach (var span in OtlpSpan.ReadAll(request))
        {
            _spans.Enqueue(span);
        }
    }

    private void AddMetrics(byte[] request)
    {
        _received.Enqueue(request);
        foreach (var name in
            from resource in OtlpSpan.Fields(request, 1)
            from scope in OtlpSpan.Fields(resource, 2)
            from metric in OtlpSpan.Fields(scope, 2)
            select System.Text.Encoding.UTF8.GetString(OtlpSpan.Fields(metric, 1).Single()))
        {
            _metrics[name] = true;
        }
    }
}
