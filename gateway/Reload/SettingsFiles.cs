using Microsoft.Extensions.Configuration.Json;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Embedded;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Reload;

/// <summary>
/// The configuration files. They are read beside the configuration in force, and only when all of it is right its
/// networks, limits and targets take effect.
/// </summary>
internal sealed class SettingsFiles : IReloadable
{
    /// <summary>What LiveSettings tells; all else is bound at start.</summary>
    public static readonly IReadOnlyList<string> LiveKeys =
    [
        "Rke:Networks", "Rke:Targets", "Rke:Limits", "Rke:Grpc:MaxCalls", "Rke:Grpc:DefaultDeadline",
        "Rke:Signal:Port", "Rke:Signal:CollectTimeout", "Rke:Signal:MaxConcurrent", "Rke:Signal:SourceRate",
        "Rke:Signal:SourceBurst",
    ];

    private readonly ConfigurationManager _configuration;
    private readonly LiveSettings _live;
    private readonly CoinShelf _shelf;
    private readonly EmbeddedNetwork? _embedded;
    private readonly ILogger<SettingsFiles> _logger;
    private readonly Dictionary<string, string?> _fixed;
    private volatile string? _waiting;
    private bool _isFirst = true;

    public SettingsFiles(
        ConfigurationManager configuration,
        LiveSettings live,
        CoinShelf shelf,
        ILogger<SettingsFiles> logger,
        EmbeddedNetwork? embedded = null)
    {
        (_configuration, _live, _shelf, _logger, _embedded) = (configuration, live, shelf, logger, embedded);
        _fixed = FixedPartOf(configuration);
        Paths = [.. configuration.Sources.OfType<JsonConfigurationSource>().Select(PathOf).OfType<string>()];
    }

    public string Name => ReloadMeter.Settings;

    public IReadOnlyList<string> Paths { get; }

    public string? Waiting => _waiting;

    public string? TryLoad()
    {
        // The gateway was just built from them.
        if (_isFirst)
        {
            _isFirst = false;
            return null;
        }

        try
        {
            var builder = new ConfigurationBuilder();
            foreach (var source in _configuration.Sources)
            {
                builder.Add(source);
            }

            using var fresh = (ConfigurationRoot)builder.Build();
            var settings = GatewaySettings.Read(fresh);
            if (FindProblem(settings) is { } problem)
            {
                return problem;
            }

            _live.Apply(_embedded is null ? settings : settings with
            {
                Networks = _live.Networks,
                Targets = EmbeddedNetwork.AllowLoopback(settings.Targets),
            });
            TellOfFixed(fresh);

            // Of the log's levels the framework takes care.
            ((IConfigurationRoot)_configuration).Reload();
            return null;
        }
        catch (SettingsException exception)
        {
            return $"The configuration is refused: {string.Join(' ', exception.Problems)}";
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return $"The configuration cannot be read: {exception.InnerException?.Message ?? exception.Message}";
        }
    }

    private string? FindProblem(GatewaySettings settings)
    {
        if (settings.IsEmbedded != _embedded is not null)
        {
            return "The configuration is refused: Rke:Networks came or went altogether; restart the gateway for that.";
        }

        // It would take a gateway that serves out of service.
        return settings.Networks.FirstOrDefault(network => _shelf.Of(network.Id).Ids.Count == 0) is { } bare
            ? $"The configuration is refused: no coin of network {bare.Id} is loaded; put its key files into the folder first."
            : null;
    }

    // Names alone: a value may be a password.
    private void TellOfFixed(IConfiguration fresh)
    {
        var now = FixedPartOf(fresh);
        var changed = string.Join(", ", now.Keys.Union(_fixed.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(key => now.GetValueOrDefault(key) != _fixed.GetValueOrDefault(key))
            .Order(StringComparer.OrdinalIgnoreCase));
        var waiting = changed.Length > 0
            ? $"These settings have changed in the configuration and wait for a restart: {changed}."
            : null;
        if (waiting is not null && waiting != _waiting)
        {
            Log.RestartNeeded(_logger, changed);
        }

        _waiting = waiting;
    }

    private static Dictionary<string, string?> FixedPartOf(IConfiguration configuration) =>
        configuration.GetSection("Rke").AsEnumerable()
            .Where(pair => !LiveKeys.Any(key => pair.Key.StartsWith(key, StringComparison.OrdinalIgnoreCase)))
            .ToDictionary(StringComparer.OrdinalIgnoreCase);

    private static string? PathOf(JsonConfigurationSource source) =>
        source.Path is { } path ? source.FileProvider?.GetFileInfo(path).PhysicalPath : null;
}
