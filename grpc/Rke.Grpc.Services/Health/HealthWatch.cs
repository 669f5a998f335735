using System.Threading.Channels;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rke.Grpc.Services;

/// <summary>One Watch call's place: it holds the latest status only, so a slow watcher skips the rest.</summary>
internal sealed class HealthWatch : IDisposable
{
    private static readonly BoundedChannelOptions LatestOnly = new(1)
    {
        FullMode = BoundedChannelFullMode.DropOldest,
        SingleReader = true,
    };

    private readonly GrpcHealth _health;
    private readonly Channel<ServingStatus> _latest = Channel.CreateBounded<ServingStatus>(LatestOnly);

    public HealthWatch(GrpcHealth health, string service, ServingStatus now)
    {
        _health = health;
        Service = service;
        Tell(now);
    }

    public string Service { get; }

    public void Tell(ServingStatus status) => _latest.Writer.TryWrite(status);

    public ValueTask<ServingStatus> NextAsync(CancellationToken cancellationToken) =>
        _latest.Reader.ReadAsync(cancellationToken);

    public void Dispose() => _health.Leave(this);
}
