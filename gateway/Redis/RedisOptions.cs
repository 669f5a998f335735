using Rke.Dns;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Redis;

/// <summary>Section <c>Rke:Redis</c>: the state that replicas share (docs/STATE.md).</summary>
internal sealed record RedisOptions
{
    /// <summary>It leaves time for the confirmation within the 50 ms that a call may wait for a silent Redis.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMilliseconds(30);

    /// <summary>
    /// <c>host:port</c> of all servers, several with commas: primary and replicas, nodes of a cluster, or Sentinels. An IPv6
    /// address stands in brackets. None = state in the process, for one gateway alone
    /// </summary>
    public List<HostEndpoint> Endpoints { get; set; } = [];

    /// <summary>
    /// The name under which Sentinel watches the primary. With it, the endpoints are Sentinels, and they name the servers.
    /// </summary>
    public string? SentinelService { get; set; }

    /// <summary>The ACL user (<see href="STATE.md#kinds-of-redis-deployments">rules</see>). It needs a password.</summary>
    /// <value>Redis's default user</value>
    public string? User { get; set; }

    /// <summary>
    /// The user's password. The gateway sends the same user and password to Sentinels; a Sentinel that has none ignores them.
    /// </summary>
    public string? Password { get; set; }

    /// <summary>
    /// <c>true</c> encrypts the connections. The certificate of each server, also of Sentinels, must contain the host name or
    /// address to which the gateway connects.
    /// </summary>
    public bool Tls { get; set; }

    /// <summary>
    /// PEM file of the authorities that are trusted for it. The root is enough if the servers send their intermediate
    /// certificates.
    /// </summary>
    /// <value>the system's</value>
    [ExistingFile]
    public string? CaFile { get; set; }

    /// <summary>
    /// How long a call waits for Redis before the gateway confirms that Redis is silent (15 ms). Set it above the round trip.
    /// </summary>
    [TimeRange("00:00:00.005", "00:00:10")]
    public TimeSpan Timeout { get; set; } = DefaultTimeout;

    public bool IsConfigured => Endpoints.Count > 0;

    public IEnumerable<string> Problems()
    {
        if (SentinelService is not null && Endpoints.Count == 0)
        {
            yield return "SentinelService: there are no Sentinels; write their host:port to Rke:Redis:Endpoints.";
        }

        if (User is not null && Password is null)
        {
            yield return "User: there is no password; write the user's password to Rke:Redis:Password.";
        }
    }

    /// <summary>The endpoints, without the password.</summary>
    public override string ToString() =>
        string.Join(", ", Endpoints.Select(endpoint => endpoint.Host.Contains(':')
            ? $"[{endpoint.Host}]:{endpoint.Port}"
            : $"{endpoint.Host}:{endpoint.Port}"));
}
