using Rke.Gateway.Configuration;

namespace Rke.Gateway.Hosting;

/// <summary>Logs for machines: one JSON object a line. Scopes are on then, because they carry the trace id.</summary>
internal static class JsonLogs
{
    private const string Formatter = "Logging:Console:FormatterName";
    private const string Scopes = "Logging:Console:FormatterOptions:IncludeScopes";

    public static void UseJsonLogs(this ConfigurationManager configuration, LoggingSettings settings)
    {
        if (settings.Json)
        {
            configuration[Formatter] = "json";
        }

        if (configuration[Formatter] == "json" && configuration[Scopes] is null)
        {
            configuration[Scopes] = "true";
        }
    }
}
