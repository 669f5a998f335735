using Grpc.Core;
using Grpc.Health.V1;
using Rke.Gateway.Errors;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// Ends health watches like all streams when the gateway stops: with UNAVAILABLE and the reason STOPPING. The health service sends
/// NOT_SERVING before that. It would send it to watches of <see cref="Liveness"/> too, although the process is alive.
/// </summary>
internal sealed class HealthWatches(IHostApplicationLifetime lifetime)
{
    /// <summary>The health service that is SERVING while the process runs.</summary>
    public const string Liveness = "liveness";

    public static IServerStreamWriter<TResponse> Wrap<TResponse>(object request, IServerStreamWriter<TResponse> responses) =>
        request is HealthCheckRequest { Service: Liveness } ? new ServingWriter<TResponse>(responses) : responses;

    /// <summary>The health service has ended the stream of responses to this request.</summary>
    public void ThrowIfStopping(object request)
    {
        if (request is HealthCheckRequest && lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new CallFailure(
                StatusCode.Unavailable, Reason.Stopping, "The gateway is shutting down. Call again.").ToException();
        }
    }

    private sealed class ServingWriter<T>(IServerStreamWriter<T> inner) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) =>
            message is HealthCheckResponse { Status: ServingStatus.Serving } ? inner.WriteAsync(message) : Task.CompletedTask;
    }
}
