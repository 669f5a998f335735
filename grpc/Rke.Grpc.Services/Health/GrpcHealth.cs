using Grpc.Health.V1;
using Microsoft.Extensions.Options;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rke.Grpc.Services;

/// <summary>
/// What the health service says, by service name; "" is the whole server, and starts as NOT_SERVING until somebody
/// says otherwise. Safe for use from any thread.
/// </summary>
public sealed class GrpcHealth
{
    /// <summary>The name of the whole server.</summary>
    public const string Overall = "";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ServingStatus> _statuses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<HealthWatch>> _watches = new(StringComparer.Ordinal);
    private readonly int _maximumWatches;
    private readonly int _maximumListed;
    private int _watchCount;
    private bool _shutDown;

    public GrpcHealth(IOptions<GrpcHealthOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _maximumWatches = options.Value.MaximumWatches;
        _maximumListed = options.Value.MaximumListed;
        _statuses[Overall] = ServingStatus.NotServing;
    }

    /// <summary>Watch calls at this moment.</summary>
    public int WatchCount
    {
        get
        {
            lock (_gate)
            {
                return _watchCount;
            }
        }
    }

    /// <summary>Says how a service is. After <see cref="Shutdown"/> it stays NOT_SERVING, whatever is said.</summary>
    public void SetStatus(string service, ServingStatus status)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (status is not (ServingStatus.Unknown or ServingStatus.Serving or ServingStatus.NotServing))
        {
            // SERVICE_UNKNOWN is what Watch says about services without a status: ClearStatus.
            throw new ArgumentOutOfRangeException(nameof(status), status, "Not a status that a service can have.");
        }

        lock (_gate)
        {
            var said = _shutDown ? ServingStatus.NotServing : status;
            _statuses[service] = said;
            Tell(service, said);
        }
    }

    /// <summary>Forgets a service: Check answers NOT_FOUND, its watchers hear SERVICE_UNKNOWN.</summary>
    public void ClearStatus(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        lock (_gate)
        {
            if (_statuses.Remove(service))
            {
                Tell(service, ServingStatus.ServiceUnknown);
            }
        }
    }

    /// <summary>Forgets all services, the whole server too.</summary>
    public void ClearAll()
    {
        lock (_gate)
        {
            foreach (var service in _statuses.Keys)
            {
                Tell(service, ServingStatus.ServiceUnknown);
            }

            _statuses.Clear();
        }
    }

    /// <summary>Turns everything NOT_SERVING for good, so that callers go elsewhere while it drains.</summary>
    public void Shutdown()
    {
        lock (_gate)
        {
            _shutDown = true;
            foreach (var service in _statuses.Keys.ToArray())
            {
                _statuses[service] = ServingStatus.NotServing;
                Tell(service, ServingStatus.NotServing);
            }
        }
    }

    /// <summary>The status of a service, if it has one.</summary>
    public bool TryGetStatus(string service, out ServingStatus status)
    {
        ArgumentNullException.ThrowIfNull(service);
        lock (_gate)
        {
            return _statuses.TryGetValue(service, out status);
        }
    }

    /// <summary>All statuses, or false if they are too many for one answer.</summary>
    internal bool TryList(HealthListResponse response)
    {
        lock (_gate)
        {
            if (_statuses.Count > _maximumListed)
            {
                return false;
            }

            foreach (var (service, status) in _statuses)
            {
                response.Statuses.Add(service, new HealthCheckResponse { Status = status });
            }

            return true;
        }
    }

    /// <summary>A watch that holds the current status already, or null if there are too many. Dispose it.</summary>
    internal HealthWatch? Watch(string service)
    {
        lock (_gate)
        {
            if (_watchCount >= _maximumWatches)
            {
                return null;
            }

            if (!_watches.TryGetValue(service, out var watches))
            {
                _watches[service] = watches = [];
            }

            var now = _statuses.GetValueOrDefault(service, ServingStatus.ServiceUnknown);
            var watch = new HealthWatch(this, service, now);
            watches.Add(watch);
            _watchCount++;
            return watch;
        }
    }

    internal void Leave(HealthWatch watch)
    {
        lock (_gate)
        {
            if (_watches.TryGetValue(watch.Service, out var watches) && watches.Remove(watch))
            {
                _watchCount--;
                if (watches.Count == 0)
                {
                    _watches.Remove(watch.Service);
                }
            }
        }
    }

    private void Tell(string service, ServingStatus status)
    {
        if (_watches.TryGetValue(service, out var watches))
        {
            foreach (var watch in watches)
            {
                watch.Tell(status);
            }
        }
    }
}
