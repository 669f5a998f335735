using Rke.Gateway.Lookup;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Redis</c>: where the replicas share their state (docs/STATE.md).</summary>
/// <param name="Endpoints">
/// All servers of it: primary and replicas, the nodes of a cluster, or the Sentinels. Empty = in process.
/// </param>
/// <param name="SentinelService">The name under which the Sentinels watch the primary; absent = no Sentinels.</param>
/// <param name="User">The ACL user; absent = Redis's default user.</param>
/// <param name="Password">The user's password.</param>
/// <param name="Tls">Whether connections are encrypted and the servers prove their names.</param>
/// <param name="CaFile">PEM file with the authorities that are trusted for it; absent = the system's.</param>
/// <param name="Timeout">A server that answers nobody for so long counts as gone.</param>
internal sealed record RedisSettings(
    IReadOnlyList<HostEndpoint> Endpoints,
    string? SentinelService,
    string? User,
    string? Password,
    bool Tls,
    string? CaFile,
    TimeSpan Timeout)
{
    /// <summary>What leaves time to make sure of it, of the 50 ms that callers may wait for nothing.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMilliseconds(30);

    public bool IsConfigured => Endpoints.Count > 0;

    public static RedisSettings Read(SettingsReader reader)
    {
        var endpoints = new List<HostEndpoint>();
        foreach (var (key, text) in reader.List("Endpoints"))
        {
            if (HostPort.TryParse(text, out var endpoint))
            {
                endpoints.Add(endpoint);
            }
            else
            {
                reader.Reject(key, $"'{text}' cannot be used", "write host:port, several with commas between");
            }
        }

        var caFile = reader.Text("CaFile");
        if (caFile is not null && !File.Exists(caFile))
        {
            reader.Reject("CaFile", $"there is no file '{caFile}'", "write a PEM file with the authority's certificate");
        }

        var (service, user, password) = (reader.Text("SentinelService"), reader.Text("User"), reader.Text("Password"));
        if (service is not null && endpoints.Count == 0)
        {
            reader.Reject("SentinelService", "there are no Sentinels", "write their host:port to Rke:Redis:Endpoints");
        }

        if (user is not null && password is null)
        {
            reader.Reject("User", "there is no password", "write the user's password to Rke:Redis:Password");
        }

        return new(
            endpoints,
            service,
            user,
            password,
            reader.Flag("Tls") ?? false,
            caFile,
            reader.Time("Timeout", TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(10)) ?? DefaultTimeout);
    }

    /// <summary>Not the password.</summary>
    public override string ToString() =>
        string.Join(", ", Endpoints.Select(endpoint => endpoint.Host.Contains(':')
            ? $"[{endpoint.Host}]:{endpoint.Port}"
            : $"{endpoint.Host}:{endpoint.Port}"));
}
