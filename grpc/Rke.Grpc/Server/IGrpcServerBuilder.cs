using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>Sets up gRPC further.</summary>
public interface IGrpcServerBuilder
{
    IServiceCollection Services { get; }
}
