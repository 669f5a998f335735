using Rke.Dns;
using Rke.Gateway.Accounts;
using Rke.Gateway.Admin;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Idempotency;
using Rke.Gateway.Identity;
using Rke.Gateway.Kme;
using Rke.Gateway.Listening;
using Rke.Gateway.Networks;
using Rke.Gateway.Observability;
using Rke.Gateway.Policy;
using Rke.Gateway.Probes;
using Rke.Gateway.Quotas;
using Rke.Gateway.Redis;
using Rke.Gateway.Reload;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Peers;
using Rke.Gateway.Signals;
using Rke.Gateway.Targets;
using Rke.Lookup.Sources;
using Rke.UdpBridge;

namespace Rke.Gateway.Hosting;

/// <summary>All sections of the configuration. Each class of options stands in the folder of the feature that uses it.</summary>
internal static class ConfigurationSections
{
    public const string Root = "Rke";

    public static readonly IReadOnlyList<OptionsSection> All =
    [
        new OptionsSection<ConfigFileOptions>(Root),
        new OptionsSection<GrpcOptions>("Rke:Grpc"),
        new OptionsSection<AdmissionOptions>("Rke:Grpc"),
        new OptionsSection<ConnectionOptions>("Rke:Grpc"),
        new OptionsSection<DrainOptions>("Rke:Grpc"),
        new OptionsSection<WebOptions>("Rke:Grpc", options => options.Problems()),
        new OptionsSection<HttpOptions>("Rke:Http"),
        new OptionsSection<TlsOptions>("Rke:Grpc:Tls", options => options.Problems()),
        new OptionsSection<ReloadOptions>("Rke:Reload"),
        new OptionsSection<IdentityOptions>("Rke:Identity"),
        new OptionsSection<TokenOptions>("Rke:Identity:Jwt", options => options.Problems()),
        new OptionsSection<PolicyOptions>("Rke:Policy"),
        new OptionsSection<AdminOptions>("Rke:Admin"),
        new OptionsSection<AccountsOptions>("Rke:Accounts"),
        new OptionsSection<NetworksOptions>(Root, options => options.Problems()),
        new OptionsSection<KeysOptions>("Rke:Keys"),
        new OptionsSection<CoinLimitOptions>("Rke:Limits:Coin"),
        new OptionsSection<CallerLimitOptions>("Rke:Limits:Caller", options => options.Problems()),
        new OptionsSection<IdempotencyOptions>("Rke:Idempotency"),
        new OptionsSection<RedisOptions>("Rke:Redis", options => options.Problems()),
        new OptionsSection<TargetsOptions>("Rke:Targets"),
        new OptionsSection<SignalOptions>("Rke:Signal"),
        new OptionsSection<ExchangeOptions>("Rke:Signal:Exchange"),
        new OptionsSection<SessionsOptions>("Rke:Sessions", options => options.Problems()),
        new OptionsSection<PeersOptions>(Root, options => options.Problems()),
        new OptionsSection<KmeOptions>("Rke:Kme", options => options.Problems()),
        new OptionsSection<KmeTlsOptions>("Rke:Kme:Tls"),
        new OptionsSection<DnsOptions>("Rke:Dns", options => options.Problems()),
        new OptionsSection<UdpBridgeOptions>("Rke:Bridge", options => options.Problems()),
        new OptionsSection<ProbeOptions>("Rke:Probes"),
        new OptionsSection<LoggingOptions>("Rke:Logging"),
        new OptionsSection<OtlpOptions>("Rke:Telemetry:Otlp"),
        new OptionsSection<TelemetryOptions>("Rke:Telemetry"),
    ];

    /// <summary>Reads and validates all sections.</summary>
    /// <exception cref="SettingsException">The configuration is invalid. The exception has one line per problem.</exception>
    public static GatewayOptions Read(IConfiguration configuration)
    {
        var binder = new OptionsBinder(configuration);
        var bound = All.ToDictionary(section => section.Type, section => section.Bind(binder));
        var options = new GatewayOptions(bound);
        string[] problems =
        [
            .. binder.Problems,
            .. All.SelectMany(section => section.Problems(bound[section.Type])),
            .. FindConflicts(options),
            .. UnknownKeys.Find(configuration, Root, binder.Keys),
        ];
        if (problems.Length == 0)
        {
            problems = [.. FindMissing(options)];
        }

        return problems.Length == 0 ? options : throw new SettingsException(problems);
    }

    /// <summary>Adds IOptions and IOptionsMonitor of each class of options.</summary>
    public static void AddOptions(this IServiceCollection services, GatewayOptions options)
    {
        services.AddOptions();
        services.AddSingleton(new CurrentOptions(options));
        foreach (var section in All)
        {
            section.AddTo(services, options);
        }
    }

    // Values of several sections that do not fit together.
    private static IEnumerable<string> FindConflicts(GatewayOptions options)
    {
        var (grpc, http) = (options.Of<GrpcOptions>(), options.Of<HttpOptions>());
        foreach (var problem in options.Of<TlsOptions>().ProblemsWith(grpc))
        {
            yield return $"Rke:Grpc:Tls:{problem}";
        }

        var kme = options.Of<KmeOptions>();
        foreach (var problem in kme.ProblemsWith(
            options.Of<KmeTlsOptions>(), options.Of<SessionsOptions>(), options.Of<SignalOptions>(), options.Of<PeersOptions>()))
        {
            yield return $"Rke:Kme:{problem}";
        }

        if (kme.Url is { Port: not 0 } url && (url.Port == grpc.Url.Port || url.Port == http.Url.Port))
        {
            yield return "Rke:Kme:Url: has the port of Rke:Grpc:Url or Rke:Http:Url; give it another port.";
        }

        if (options.Of<ExchangeOptions>().Enabled && options.Of<SignalOptions>().Listen is null)
        {
            yield return "Rke:Signal:Exchange:Enabled: is true, but Rke:Signal:Listen is not set; set it to the address for Signals.";
        }

        if (grpc.Url.Port != 0 && grpc.Url.Port == http.Url.Port)
        {
            yield return "Rke:Http:Url: has the port of Rke:Grpc:Url; give it another port.";
        }
    }

    // Networks that are invalid cannot be missing: these problems appear only if there are no others.
    private static IEnumerable<string> FindMissing(GatewayOptions options)
    {
        const int Quorum = AnswerTally<string>.Quorum;
        var networks = options.Of<NetworksOptions>().Networks;

        // Lookups of domains outside .raida go to the default network.
        if (options.Of<DnsOptions>().Via.ToLowerInvariant() is var via and (DnsVia.Raida or DnsVia.Both)
            && networks is [var network, ..] && network.Servers.Count < Quorum)
        {
            yield return $"Rke:Dns:Via: is {via}, but network {network.Id} has {network.Servers.Count} of the {Quorum} key servers "
                + "that must agree on an answer; configure more of them, or write dns.";
        }

        if (options.Of<AccountsOptions>() is { Enabled: true, Folder: null } && options.Of<KeysOptions>().Path is null)
        {
            yield return "Rke:Accounts:Enabled: is true, but there is no folder for key files; set Rke:Accounts:Folder or Rke:Keys:Path.";
        }

        if (networks.Count == 0 && options.Of<KeysOptions>().Path is not null)
        {
            yield return "Rke:Keys:Path: is set, but no network; add Rke:Networks:0:Servers:0 = host:port and so on, "
                + "or remove it: the embedded key servers make their own keys.";
        }
    }
}
