using Google.Protobuf.Reflection;
using Google.Rpc;
using Microsoft.AspNetCore.Cors;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Rke.Gateway.Configuration;
using Rke.Gateway.Listening;

namespace Rke.Gateway.Json;

/// <summary>Adds the gRPC API as JSON over HTTP.</summary>
internal static class JsonRegistration
{
    private const string CorsPolicy = "json";

    public static void AddJson(this IServiceCollection services, GatewayOptions options)
    {
        var json = options.Of<JsonOptions>();
        if (!json.IsServed)
        {
            return;
        }

        services.AddSingleton<JsonCalls>();
        services.AddCors(cors => cors.AddPolicy(CorsPolicy, policy => policy
            .WithMethods(HttpMethods.Get, HttpMethods.Post).AllowAnyHeader().WithOriginsOf(json.Origins)));
        services.AddGrpc().AddJsonTranscoding(transcoding =>
        {
            // The JSON mapping of protobuf: numbers of 64 bits do not fit into the numbers of JavaScript.
            transcoding.JsonSettings.WriteInt64sAsStrings = true;
            transcoding.TypeRegistry = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor);
        });
    }

    /// <summary>Serves the methods of a service as JSON, if JSON is enabled.</summary>
    public static void WithJson(this GrpcServiceEndpointConventionBuilder service, WebApplication app)
    {
        if (app.Services.GetService<JsonCalls>() is { } calls)
        {
            service.Add(endpoint =>
            {
                if (endpoint.Metadata.OfType<GrpcJsonTranscodingMetadata>().FirstOrDefault() is { } method)
                {
                    endpoint.RequestDelegate = calls.Wrap(endpoint.RequestDelegate!, method);

                    // The last policy applies, so the origins of gRPC-Web do not.
                    endpoint.Metadata.Add(new EnableCorsAttribute(CorsPolicy));
                }
            });
        }
    }
}
