namespace Rke.Gateway.Configuration;

/// <summary>Of <c>Rke:Grpc</c>: what a caller's connection may do.</summary>
internal sealed record ConnectionSettings
{
    /// <summary>Connections at the same time; more are closed at once.</summary>
    public required int Max { get; init; }

    /// <summary>Calls under way on one connection.</summary>
    public required int MaxStreams { get; init; }

    /// <summary>After about so long a connection is told to go (GOAWAY), so that callers spread over replicas; null = never.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>How long its calls may then go on before it is closed.</summary>
    public required TimeSpan AgeGrace { get; init; }

    /// <summary>A silent connection is pinged so often.</summary>
    public required TimeSpan PingInterval { get; init; }

    /// <summary>It is closed when no answer to a ping comes for so long.</summary>
    public required TimeSpan PingTimeout { get; init; }

    public static ConnectionSettings Read(SettingsReader reader) => new()
    {
        Max = reader.Number("MaxConnections", 1, 1_000_000) ?? 10_000,
        MaxStreams = reader.Number("MaxStreamsPerConnection", 1, 1_000_000) ?? 1024,
        MaxAge = reader.Time("MaxConnectionAge", TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(31)),
        AgeGrace = reader.Time("MaxConnectionAgeGrace", TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1))
            ?? TimeSpan.FromSeconds(30),
        PingInterval = reader.Time("KeepAliveInterval", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1))
            ?? TimeSpan.FromMinutes(1),
        PingTimeout = reader.Time("KeepAliveTimeout", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1))
            ?? TimeSpan.FromSeconds(20),
    };
}
