using System.Reflection;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Identity;
using Rke.Gateway.Listening;
using Rke.Gateway.Policy;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Admin;

/// <summary>
/// The status page <c>/ui</c> on the HTTP port: three static files, and <c>/ui/events</c> with snapshots of the state as server-sent
/// events. The policy for RkeAdminService applies to the events.
/// </summary>
internal sealed class StatusPage(
    StatusReport status,
    ServerList servers,
    CallerIdentification identification,
    IHostApplicationLifetime lifetime,
    TimeProvider timeProvider,
    PolicyStore? policy = null)
{
    private const int MaxReaders = 20;
    private const string Service = "rke.v1.RkeAdminService";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    private int _readers;

    public void Map(WebApplication app)
    {
        MapFile(app, "/ui", "index.html", "text/html; charset=utf-8");
        MapFile(app, "/ui/page.css", "page.css", "text/css; charset=utf-8");
        MapFile(app, "/ui/page.js", "page.js", "text/javascript; charset=utf-8");
        app.MapGet("/ui/events", (RequestDelegate)SendEventsAsync).OnHttpPortOnly();
    }

    private static void MapFile(WebApplication app, string path, string name, string type)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Page/{name}")!;
        using var reader = new MemoryStream();
        stream.CopyTo(reader);
        var content = reader.ToArray();
        app.MapGet(path, (RequestDelegate)(context =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy =
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
                + "form-action 'none'; frame-ancestors 'none'";
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.CacheControl = "no-cache";
            context.Response.ContentType = type;
            return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
        })).OnHttpPortOnly();
    }

    private async Task SendEventsAsync(HttpContext context)
    {
        if (await FindCallerAsync(context) is not { } caller)
        {
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _readers) > MaxReaders)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            using var timer = new PeriodicTimer(Interval, timeProvider);
            do
            {
                // A change of the policy also applies to open pages.
                if (FindPermits(caller) is not { } permits)
                {
                    break;
                }

                var snapshot = await SnapshotAsync(permits.Status, permits.Servers, stop.Token);
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"data: {snapshot}\n\n"), stop.Token);
                await context.Response.Body.FlushAsync(stop.Token);
            }
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The reader has left, or the gateway stops.
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }

    // JSON without line breaks.
    private async Task<string> SnapshotAsync(Permit ofStatus, Permit ofServers, CancellationToken cancellationToken)
    {
        var scope = new CallScope(MonotonicTime.Now(timeProvider) + Interval, cancellationToken) { Permit = ofStatus };
        var list = servers.Find(new(), ofServers);
        return $"{{\"status\":{Json.Format(await status.FindAsync(new(), scope))},\"servers\":[{string.Join(',', list.Servers.Select(server => Json.Format(server)))}]}}";
    }

    // Writes the status code and returns null if the caller may not read the state.
    private async Task<CallerIdentity?> FindCallerAsync(HttpContext context)
    {
        CallerIdentity caller;
        try
        {
            caller = await identification.FindAsync(context);
        }
        catch (RpcException)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return null;
        }

        if (FindPermits(caller) is not null)
        {
            return caller;
        }

        context.Response.StatusCode = caller.IsKnown ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
        return null;
    }

    private (Permit Status, Permit Servers)? FindPermits(CallerIdentity caller) =>
        policy is null ? (Permit.Everything, Permit.Everything)
        : policy.Find(caller, $"{Service}/{nameof(RkeAdminService.RkeAdminServiceBase.GetStatus)}") is { } ofStatus
            && policy.Find(caller, $"{Service}/{nameof(RkeAdminService.RkeAdminServiceBase.ListServers)}") is { } ofServers
            ? (ofStatus, ofServers)
        : null;
}
