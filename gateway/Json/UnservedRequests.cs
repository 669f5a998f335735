using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Configuration;
using Rke.Gateway.Errors;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Json;

/// <summary>
/// Answers requests that nothing serves with an error that says what to do: gRPC methods that do not exist, JSON on the gRPC port, JSON at
/// the path of a gRPC method, and paths of the JSON API that do not exist. Grpc.AspNetCore would answer unknown methods with a route that
/// matches all paths of two segments, which costs each call a dictionary of route values.
/// </summary>
internal sealed class UnservedRequests(RequestDelegate next, IOptions<GrpcOptions> grpc, JsonCalls? json = null)
{
    private const string Prefix = "/v1";

    private static readonly CallFailure UnknownMethod = new(
        StatusCode.Unimplemented,
        Reason.NotServed,
        "The gateway has no such service and method, or the service is off. Server reflection lists the services.");

    private readonly bool _isTls = grpc.Value.Url.IsTls;

    public Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();

        // The endpoint that routing makes for a path without the HTTP method of the request has no metadata.
        var isUnserved = endpoint is null || endpoint.Metadata.Count == 0;
        if (isUnserved && CallStatus.IsCall(context))
        {
            CallReason.Note(context, UnknownMethod.Reason);
            GrpcErrorResponse.Write(context.Response, UnknownMethod);
            return Task.CompletedTask;
        }

        if (CallStatus.IsCall(context) || HttpMethods.IsOptions(context.Request.Method))
        {
            return next(context);
        }

        // Any content type but those of gRPC.
        if (endpoint?.Metadata.GetMetadata<GrpcMethodMetadata>() is { } method)
        {
            return JsonStatus.WriteAsync(context, ProblemOf(context, method.Method.FullName), StatusCodes.Status415UnsupportedMediaType);
        }

        return isUnserved && (context.Request.Path.StartsWithSegments(Prefix, StringComparison.Ordinal) || IsOnGrpcPort(context))
            ? JsonStatus.WriteAsync(context, NoPath(context), StatusCodes.Status404NotFound)
            : next(context);
    }

    // The HTTP port has HTTP/1.1 without TLS.
    private bool IsOnGrpcPort(HttpContext context) =>
        HttpProtocol.IsHttp2(context.Request.Protocol) || (_isTls && context.Request.IsHttps);

    private CallFailure ProblemOf(HttpContext context, string method) => new(
        StatusCode.Unimplemented,
        Reason.NotServed,
        IsOnGrpcPort(context) || json is null
            ? $"{method} is a gRPC method. Use a gRPC client, with the content type application/grpc. {WhereJsonIs(context)}"
            : $"{method} is a gRPC method. Use a gRPC client at the gRPC port, or the path of the JSON API (/reference has all paths).");

    private CallFailure NoPath(HttpContext context) => new(
        StatusCode.Unimplemented,
        Reason.NotServed,
        json?.IsServedTo(context) == true
            ? "The JSON API has no such path and method. /reference has all paths."
            : $"There is no such path. {WhereJsonIs(context)}");

    private string WhereJsonIs(HttpContext context) => json is null
        ? "JSON is off; Rke:Json:Enabled turns it on."
        : json.IsServedTo(context)
            ? "/reference has the paths of the JSON API."
            : _isTls
                ? "The gRPC port, the address of Rke:Grpc:Url, serves JSON."
                : "The HTTP port, the address of Rke:Http:Url, serves JSON.";
}

/// <summary>Adds the answers to requests that nothing serves.</summary>
internal static class UnservedRequestsApplication
{
    public static void UseUnservedRequests(this WebApplication app) => app.UseMiddleware<UnservedRequests>(
        app.Services.GetService<JsonCalls>() is { } json ? [json] : []);
}
