using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Rke.Grpc.Server;

/// <summary>Answers UNIMPLEMENTED to gRPC requests for services and methods that are not here.</summary>
internal static class UnknownCalls
{
    public static void Map(
        IEndpointRouteBuilder builder, MappedServices mapped, IEnumerable<string> serviceNames, bool ignoreServices)
    {
        foreach (var name in serviceNames.Where(mapped.TryAddService))
        {
            Map(builder, $"{name}/{{method:{GrpcRequestConstraint.Name}}}", "Method is unimplemented.");
        }

        if (!ignoreServices && mapped.TryAddUnknown())
        {
            Map(
                builder,
                $"{{service}}/{{method:{GrpcRequestConstraint.Name}}}",
                "Service is unimplemented.");
        }
    }

    private static void Map(IEndpointRouteBuilder builder, string pattern, string detail)
    {
        var status = new Status(StatusCode.Unimplemented, detail);
        builder.MapPost(pattern, context => Answer(context, status)).WithDisplayName("gRPC - unimplemented");
    }

    private static Task Answer(HttpContext context, Status status)
    {
        if (GrpcRequest.TryAccept(context, out var refused))
        {
            CallResponse.EndTrailersOnly(context.Response, status, trailers: null);
        }

        return refused;
    }
}
