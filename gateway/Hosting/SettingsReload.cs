using Microsoft.Extensions.Configuration.Json;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Embedded;
using Rke.Gateway.Networks;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Hosting;

/// <summary>
/// Reloads the configuration files. The settings of <see cref="LiveKeys"/> change together, and only if the whole new configuration is
/// valid. <see cref="ReloadService"/> calls it when a file has changed.
/// </summary>
internal sealed class SettingsReload : IReloadable
{
    /// <summary>Options that services read through IOptionsMonitor. All others need a restart.</summary>
    public static readonly IReadOnlyList<string> LiveKeys =
    [
        "Rke:Networks", "Rke:Peers", "Rke:Targets", "Rke:Limits", "Rke:Grpc:MaxCalls", "Rke:Grpc:MaxCallsPerPeer", "Rke:Grpc:MaxDiagnosticStreams",
        "Rke:Grpc:MaxDiagnosticStreamsPerPeer", "Rke:Grpc:DefaultDeadline",
        "Rke:Signal:Port", "Rke:Signal:CollectTimeout", "Rke:Signal:MaxConcurrent", "Rke:Signal:SourceRate",
        "Rke:Signal:SourceBurst", "Rke:Signal:Results",
    ];

    private const int MaxLength = 16 << 20;

    private readonly ConfigurationManager _configuration;
    private readonly CurrentOptions _current;
    private readonly CoinStore _coins;
    private readonly EmbeddedNetwork? _embedded;
    private readonly ILogger<SettingsReload> _logger;
    private readonly Dictionary<string, string?> _restartOnly;
    private volatile string? _restartNotice;
    private bool _isFirst = true;

    public SettingsReload(
        ConfigurationManager configuration,
        CurrentOptions current,
        CoinStore coins,
        ILogger<SettingsReload> logger,
        EmbeddedNetwork? embedded = null)
    {
        (_configuration, _current, _coins, _logger, _embedded) = (configuration, current, coins, logger, embedded);
        _restartOnly = RestartOnlyPartOf(configuration);
        Paths = [.. configuration.Sources.OfType<JsonConfigurationSource>().Select(PathOf).OfType<string>()];
    }

    public string Name => ReloadMeter.Settings;

    public IReadOnlyList<string> Paths { get; }

    public string? RestartNotice => _restartNotice;

    public string? TryLoad()
    {
        // The gateway was built from the same files.
        if (_isFirst)
        {
            _isFirst = false;
            return null;
        }

        // The framework opens each file, also a FIFO, which would stop all reloads.
        foreach (var path in Paths.Where(Path.Exists))
        {
            if (RegularFile.FindProblem(path, MaxLength) is { Length: > 0 } unreadable)
            {
                return $"The new configuration cannot be read: '{path}' {unreadable}.";
            }
        }

        try
        {
            var builder = new ConfigurationBuilder();
            foreach (var source in _configuration.Sources)
            {
                builder.Add(source);
            }

            using var fresh = (ConfigurationRoot)builder.Build();
            var options = ConfigurationSections.Read(fresh);
            if (FindProblem(options.Of<NetworksOptions>().Networks) is { } problem)
            {
                return problem;
            }

            _embedded?.Configure(options);
            _current.Replace(options);
            ReportRestartNeeded(fresh);

            // Reloads the configuration of the framework, so that it applies new log levels.
            ((IConfigurationRoot)_configuration).Reload();
            return null;
        }
        catch (SettingsException exception)
        {
            return $"The new configuration is invalid: {string.Join(' ', exception.Problems)}";
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return $"The new configuration cannot be read: {exception.InnerException?.Message ?? exception.Message}";
        }
    }

    private string? FindProblem(List<NetworkOptions> networks)
    {
        if (networks.Count == 0 != _embedded is not null)
        {
            return "The new configuration cannot take effect: Rke:Networks was added or removed; restart the gateway.";
        }

        // A network without coins would make a ready gateway not ready.
        return networks.FirstOrDefault(network => _coins.Of(network.Id).Ids.Count == 0) is { } bare
            ? $"The new configuration cannot take effect: network {bare.Id} has no coin; put its key files into the folder first."
            : null;
    }

    // The report contains names only, because a value may be a password.
    private void ReportRestartNeeded(IConfiguration fresh)
    {
        var now = RestartOnlyPartOf(fresh);
        var changed = string.Join(", ", now.Keys.Union(_restartOnly.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(key => now.GetValueOrDefault(key) != _restartOnly.GetValueOrDefault(key))
            .Order(StringComparer.OrdinalIgnoreCase));
        var notice = changed.Length > 0
            ? $"These settings have changed and take effect after a restart: {changed}."
            : null;
        if (notice is not null && notice != _restartNotice)
        {
            Log.RestartNeeded(_logger, changed);
        }

        _restartNotice = notice;
    }

    private static Dictionary<string, string?> RestartOnlyPartOf(IConfiguration configuration) =>
        configuration.GetSection(ConfigurationSections.Root).AsEnumerable()
            .Where(pair => !LiveKeys.Any(key => pair.Key.StartsWith(key, StringComparison.OrdinalIgnoreCase)))
            .ToDictionary(StringComparer.OrdinalIgnoreCase);

    private static string? PathOf(JsonConfigurationSource source) =>
        source.Path is { } path ? source.FileProvider?.GetFileInfo(path).PhysicalPath : null;
}

/// <summary>Adds <see cref="SettingsReload"/>.</summary>
internal static class SettingsReloadRegistration
{
    public static void AddSettingsReload(this IServiceCollection services, ConfigurationManager configuration)
    {
        services.AddSingleton(configuration);
        services.AddReloadable<SettingsReload>();
    }
}
