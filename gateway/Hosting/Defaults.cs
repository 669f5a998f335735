using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Hosting;

/// <summary>What holds where nothing else is configured.</summary>
internal static class Defaults
{
    private static readonly Dictionary<string, string?> Values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",

        // A gateway that cannot start says so in one line of its own.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting"] = "Critical",
        // ReadinessPublisher logs each change of readiness; the framework would log every check of every probe.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",

        // Callers cause its Information lines: every call that fails or is given up.
        ["Logging:LogLevel:Grpc"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ",
    };

    /// <summary>Files are read again when all of them is right (<see cref="Reload.SettingsFiles"/>), and not one by one.</summary>
    public const string NoReload = "--hostBuilder:reloadConfigOnChange=false";

    private const string ConfigKey = "Config";

    /// <summary>Puts them below everything; then an appsettings.json beside the program, wherever it was started.</summary>
    public static void AddDefaults(this ConfigurationManager configuration)
    {
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Values });
        var beside = new JsonConfigurationSource { Path = Path.Combine(AppContext.BaseDirectory, "appsettings.json"), Optional = true };
        beside.ResolveFileProvider();
        configuration.Sources.Insert(1, beside);
        if ((configuration[ConfigKey] ?? configuration[$"Rke:{ConfigKey}"]) is { } path)
        {
            AddFile(configuration, path);
        }
    }

    // Above the other files, and below the environment and the command line.
    private static void AddFile(ConfigurationManager configuration, string path)
    {
        if (!File.Exists(path))
        {
            throw new SettingsException([$"Rke:Config: there is no file '{path}'; write the path of a configuration file."]);
        }

        var last = configuration.Sources.OfType<JsonConfigurationSource>().Last();
        var file = new JsonConfigurationSource { Path = Path.GetFullPath(path), Optional = false };
        file.ResolveFileProvider();
        try
        {
            configuration.Sources.Insert(configuration.Sources.IndexOf(last) + 1, file);
        }
        catch (InvalidDataException exception)
        {
            throw new SettingsException([$"Rke:Config: '{path}' cannot be read: {exception.InnerException?.Message}"]);
        }
    }
}
