using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Hosting;

/// <summary>The default settings of logging, and the configuration files.</summary>
internal static class Defaults
{
    private static readonly Dictionary<string, string?> Values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",

        // GatewayProgram writes the reason if the gateway cannot start.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting"] = "Critical",
        // ReadinessPublisher logs each change of readiness; the framework would log every check of every probe.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",

        // The Information lines of Grpc report each failed or cancelled call, so callers could fill the log.
        ["Logging:LogLevel:Grpc"] = "Warning",

        // It logs an error for each unreadable message. FailureReasons logs the exceptions of the gateway itself.
        ["Logging:LogLevel:Grpc.AspNetCore.Server.ServerCallHandler"] = "None",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ",
    };

    /// <summary>Switches off the reload of the framework: <see cref="SettingsReload"/> reloads all files together, if all are valid.</summary>
    public const string NoReload = "--hostBuilder:reloadConfigOnChange=false";

    private const string ConfigKey = "Config";

    /// <summary>
    /// Adds the defaults with the lowest precedence, then the appsettings.json in the folder of the program, then the file of
    /// <c>Rke:Config</c>.
    /// </summary>
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

    // The file has precedence over the other files, and the environment and the command line have precedence over it.
    private static void AddFile(ConfigurationManager configuration, string path)
    {
        if (!File.Exists(path))
        {
            throw new SettingsException([$"Rke:Config: the file '{path}' does not exist; write the path of a configuration file."]);
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
