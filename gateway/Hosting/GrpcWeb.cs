using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Hosting;

/// <summary>
/// gRPC-Web for browsers. With TLS the gRPC port serves it, over HTTP/1.1 and HTTP/2. A port without TLS can speak only one
/// version of HTTP, so without TLS the HTTP port serves it over HTTP/1.1, and the gRPC port over HTTP/2.
/// </summary>
internal static class GrpcWeb
{
    private const string CorsPolicy = "grpc-web";

    private static readonly string[] ExposedHeaders = ["grpc-status", "grpc-message", "grpc-status-details-bin"];

    public static void AddGrpcWeb(this IServiceCollection services, GrpcWebSettings settings)
    {
        if (!settings.IsEnabled)
        {
            return;
        }

        services.AddCors(cors => cors.AddPolicy(CorsPolicy, policy =>
        {
            policy.WithMethods(HttpMethods.Post).AllowAnyHeader().WithExposedHeaders(ExposedHeaders);
            if (settings.AllowsAnyOrigin)
            {
                policy.AllowAnyOrigin();
            }
            else
            {
                policy.WithOrigins([.. settings.Origins]);
            }
        }));
    }

    public static void UseGrpcWeb(this WebApplication app, GrpcSettings settings)
    {
        if (!settings.Web.IsEnabled)
        {
            return;
        }

        // With TLS on the gRPC port, the HTTP port must not serve the same calls in the clear.
        app.UseWhen(
            context => !settings.Url.IsTls || context.Features.Get<ITlsHandshakeFeature>() is not null,
            branch => branch.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true }));
        app.UseCors();
    }

    /// <summary>Logs a warning when calls of browsers arrive without TLS from other machines.</summary>
    public static void WarnOfWebInTheClear(this WebApplication app, GatewaySettings settings)
    {
        if (settings.Grpc.IsWebOnHttpPort && !IPAddress.IsLoopback(settings.Http.Url.Address))
        {
            Log.WebInTheClear(app.Logger, settings.Http.Url.ToString());
        }
    }

    /// <summary>Maps a service, which pages of the configured origins may call where gRPC-Web is on.</summary>
    public static void MapGrpcService<[DynamicallyAccessedMembers(
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods
        | DynamicallyAccessedMemberTypes.NonPublicMethods)] TService>(this WebApplication app, GrpcWebSettings settings)
        where TService : class
    {
        var service = app.MapGrpcService<TService>();
        if (settings.IsEnabled)
        {
            service.RequireCors(CorsPolicy);
        }
    }
}
