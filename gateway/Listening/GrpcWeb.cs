using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Listening;

/// <summary>
/// gRPC-Web for browsers. With TLS the gRPC port serves it, over HTTP/1.1 and HTTP/2. A port without TLS can speak only one
/// version of HTTP, so without TLS the HTTP port serves it over HTTP/1.1, and the gRPC port over HTTP/2.
/// </summary>
internal static class GrpcWeb
{
    private const string CorsPolicy = "grpc-web";
    private const string AnyOrigin = "*";

    private static readonly string[] ExposedHeaders = ["grpc-status", "grpc-message", "grpc-status-details-bin"];

    public static void AddGrpcWeb(this IServiceCollection services, WebOptions options)
    {
        if (!options.Web)
        {
            return;
        }

        services.AddCors(cors => cors.AddPolicy(CorsPolicy, policy => policy
            .WithMethods(HttpMethods.Post).AllowAnyHeader().WithExposedHeaders(ExposedHeaders).WithOriginsOf(options.WebOrigins)));
    }

    /// <summary>Permits the origins of a setting. <c>*</c> permits all.</summary>
    public static void WithOriginsOf(this CorsPolicyBuilder policy, IReadOnlyCollection<string> origins)
    {
        if (origins.Contains(AnyOrigin))
        {
            policy.AllowAnyOrigin();
        }
        else
        {
            policy.WithOrigins([.. origins]);
        }
    }

    public static void UseGrpcWeb(this WebApplication app, GatewayOptions options)
    {
        var isWeb = options.Of<WebOptions>().Web;
        if (isWeb || options.Of<JsonOptions>().IsServed)
        {
            app.UseCors();
        }

        if (!isWeb)
        {
            return;
        }

        var isTls = options.Of<GrpcOptions>().Url.IsTls;

        // With TLS on the gRPC port, the HTTP port must not serve the same calls without TLS.
        app.UseWhen(
            context => !isTls || context.Features.Get<ITlsHandshakeFeature>() is not null,
            branch => branch.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true }));
    }

    /// <summary>Logs a warning if browsers on other machines can call without TLS.</summary>
    public static void WarnOfWebWithoutTls(this WebApplication app, GatewayOptions options)
    {
        var (grpc, url) = (options.Of<GrpcOptions>(), options.Of<HttpOptions>().Url);
        if (IPAddress.IsLoopback(url.Address))
        {
            return;
        }

        if (options.Of<WebOptions>().IsOnHttpPort(grpc))
        {
            Log.WebWithoutTls(app.Logger, url.ToString());
        }

        if (options.Of<JsonOptions>().IsOnHttpPort(grpc))
        {
            Log.JsonWithoutTls(app.Logger, url.ToString());
        }
    }

    /// <summary>Maps a service. If gRPC-Web is enabled, pages of the configured origins may call it.</summary>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<[DynamicallyAccessedMembers(
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods
        | DynamicallyAccessedMemberTypes.NonPublicMethods)] TService>(this WebApplication app, WebOptions options)
        where TService : class
    {
        var service = app.MapGrpcService<TService>();
        if (options.Web)
        {
            service.RequireCors(CorsPolicy);
        }

        return service;
    }
}
