using Grpc.AspNetCore.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Rke.Grpc.Server;

/// <summary>What <c>AddGrpc</c> gives back.</summary>
internal sealed class GrpcServerBuilder(IServiceCollection services) : IGrpcServerBuilder
{
    public IServiceCollection Services { get; } = services;
}
