using System.Reflection;
using Rke.Gateway.Errors;
using Scalar.AspNetCore;

namespace Rke.Gateway.Json;

/// <summary>The OpenAPI document, and the page that shows it. They contain the API, and no data of the gateway.</summary>
internal static class JsonPages
{
    private const string Document = "/openapi/v1.json";

    // The page loads nothing from other servers. It starts with a script in the HTML.
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        + "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapJsonPages(this WebApplication app)
    {
        if (app.Services.GetService<JsonCalls>() is not { } calls)
        {
            return;
        }

        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("openapi.json")!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        var document = content.ToArray();
        app.MapGet(Document, (RequestDelegate)(context =>
        {
            context.Response.ContentType = JsonStatus.ContentType;
            return context.Response.Body.WriteAsync(document, context.RequestAborted).AsTask();
        })).Where(calls.IsServedTo);
        app.MapScalarApiReference("/reference", options =>
        {
            options.Title = "RKE gateway";
            options.OpenApiRoutePattern = Document;
            options.DefaultFonts = false;

            // They need other servers.
            options.Telemetry = false;
            options.HideClientButton = true;
            options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
            options.DisableAgent();
            options.DisableMcp();
        }).Where(calls.IsServedTo);
    }

    // On the other port, the page does not exist.
    private static void Where(this IEndpointConventionBuilder page, Func<HttpContext, bool> isServed) => page.Add(endpoint =>
    {
        var next = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context =>
        {
            if (!isServed(context))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            context.Response.Headers.ContentSecurityPolicy = ContentPolicy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        };
    });
}
