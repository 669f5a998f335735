using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Hosting;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rke.Grpc.Services;

/// <summary><c>grpc.health.v1.Health</c> over <see cref="GrpcHealth"/>.</summary>
public sealed class HealthService(GrpcHealth health, IHostApplicationLifetime lifetime) : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        return health.TryGetStatus(request.Service, out var status)
            ? Task.FromResult(new HealthCheckResponse { Status = status })
            : throw new RpcException(new Status(StatusCode.NotFound, "unknown service"));
    }

    public override Task<HealthListResponse> List(HealthListRequest request, ServerCallContext context)
    {
        var response = new HealthListResponse();
        return health.TryList(response)
            ? Task.FromResult(response)
            : throw new RpcException(new Status(StatusCode.ResourceExhausted, "too many services for one answer"));
    }

    public override async Task Watch(
        HealthCheckRequest request,
        IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(responseStream);
        ArgumentNullException.ThrowIfNull(context);
        using var watch = health.Watch(request.Service)
            ?? throw new RpcException(new Status(StatusCode.ResourceExhausted, "too many watches"));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken,
            lifetime.ApplicationStopping);
        ServingStatus? told = null;
        try
        {
            while (true)
            {
                var now = await watch.NextAsync(either.Token);
                if (now != told)
                {
                    told = now;
                    await responseStream.WriteAsync(new HealthCheckResponse { Status = now });
                }
            }
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            // The process stops: a watch that stayed open would hold it up until its grace is over.
            if (told is not ServingStatus.NotServing)
            {
                await responseStream.WriteAsync(new HealthCheckResponse { Status = ServingStatus.NotServing });
            }
        }
    }
}
