using Rke.Gateway.Lookup;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Redis</c>: where the replicas share their state (docs/STATE.md).</summary>
/// <param name="Endpoints">All servers of it: primary and replicas, or the nodes of a cluster. Empty = in process.</param>
/// <param name="Password">What the servers ask for.</param>
/// <param name="Tls">Whether connections are encrypted and the servers prove their names.</param>
/// <param name="CaFile">PEM file with the authorities that are trusted for it; absent = the system's.</param>
/// <param name="Timeout">A server that answers nobody for so long counts as gone.</param>
internal sealed record RedisSettings(
    IReadOnlyList<HostEndpoint> Endpoints, string? Password, bool Tls, string? CaFile, TimeSpan Timeout)
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

        return new(
            endpoints,
            reader.Text("Password"),
            reader.Flag("Tls") ?? false,
            caFile,
            reader.Time("Timeout", TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(10)) ?? DefaultTimeout);
    }

    /// <summary>Not the password.</summary>
    public override string ToString() =>
        string.Join(", ", Endpoints.Select(endpoint => $"{endpoint.Host}:{endpoint.Port}"));
}
