using Rke.Gateway.Dns;
using Rke.Gateway.Lookup;
using Rke.UdpBridge;

namespace Rke.Gateway.Configuration;

/// <summary>Everything below <c>Rke:</c>, read once at start (docs/CONFIGURATION.md).</summary>
internal sealed record GatewaySettings
{
    public const string SectionName = "Rke";

    public required GrpcSettings Grpc { get; init; }

    public required HttpSettings Http { get; init; }

    /// <summary>Empty = the embedded default.</summary>
    public required IReadOnlyList<NetworkSettings> Networks { get; init; }

    public required KeysSettings Keys { get; init; }

    public required SignalSettings Signal { get; init; }

    public required SessionsSettings Sessions { get; init; }

    public required TargetsSettings Targets { get; init; }

    public required CoinLimitSettings CoinLimit { get; init; }

    public required CallerLimitSettings CallerLimit { get; init; }

    public required IdempotencySettings Idempotency { get; init; }

    public required RedisSettings Redis { get; init; }

    public required UdpBridgeOptions Bridge { get; init; }

    public required TelemetrySettings Telemetry { get; init; }

    public required LoggingSettings Logging { get; init; }

    public required IdentitySettings Identity { get; init; }

    public required PolicySettings Policy { get; init; }

    public required ReloadSettings Reload { get; init; }

    /// <summary>No network is configured: the gateway brings its own.</summary>
    public bool IsEmbedded => Networks.Count == 0;

    /// <summary>Reads and checks all of it; throws with every problem at once.</summary>
    public static GatewaySettings Read(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration, SectionName);
        var settings = new GatewaySettings
        {
            Grpc = GrpcSettings.Read(reader.Section("Grpc")),
            Http = HttpSettings.Read(reader.Section("Http")),
            Networks = NetworkSettings.ReadAll(reader),
            Keys = KeysSettings.Read(reader.Section("Keys")),
            Signal = SignalSettings.Read(reader.Section("Signal")),
            Sessions = SessionsSettings.Read(reader.Section("Sessions")),
            Targets = TargetsSettings.Read(reader.Section("Targets")),
            CoinLimit = CoinLimitSettings.Read(reader.Section("Limits:Coin")),
            CallerLimit = CallerLimitSettings.Read(reader.Section("Limits:Caller")),
            Idempotency = IdempotencySettings.Read(reader.Section("Idempotency")),
            Redis = RedisSettings.Read(reader.Section("Redis")),
            Bridge = BridgeSettings.Read(reader.Section("Bridge")),
            Telemetry = TelemetrySettings.Read(reader.Section("Telemetry")),
            Logging = LoggingSettings.Read(reader.Section("Logging")),
            Identity = IdentitySettings.Read(reader.Section("Identity")),
            Policy = PolicySettings.Read(reader.Section("Policy")),
            Reload = ReloadSettings.Read(reader.Section("Reload")),
        };
        reader.Text("Config");
        reader.Delegate("Dns", DnsOptionsReading.FindProblems(configuration));
        settings.CheckTogether(reader);
        reader.RejectUnknown();
        return reader.Problems.Count == 0 ? settings : throw new SettingsException(reader.Problems);
    }

    private void CheckTogether(SettingsReader reader)
    {
        // Domains outside .raida are asked of the default network.
        const int Quorum = AnswerTally<string>.Quorum;
        if (reader.Section("Dns").Text("Via")?.ToLowerInvariant() is { } via and (DnsVia.Raida or DnsVia.Both)
            && !IsEmbedded && Networks[0].Servers.Count < Quorum && reader.Problems.Count == 0)
        {
            reader.Reject(
                "Dns:Via",
                $"is {via}, but network {Networks[0].Id} has {Networks[0].Servers.Count} of the {Quorum} key servers that "
                + "must agree on an answer",
                "configure more of them, or write dns");
        }

        // Without a network that could be read there may be one that could not.
        if (IsEmbedded && Keys.Path is not null && reader.Problems.Count == 0)
        {
            reader.Reject("Keys:Path", "is set, but no network", "add Rke:Networks:0:Servers:0 = host:port and so on, "
                + "or remove it: the embedded key servers make their own keys");
        }

        if (Grpc.Url.Port != 0 && Grpc.Url.Port == Http.Url.Port)
        {
            reader.Reject("Http:Url", "has the port of Rke:Grpc:Url", "give it another port");
        }
    }
}
