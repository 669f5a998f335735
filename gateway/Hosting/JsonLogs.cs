using Rke.Gateway.Configuration;

namespace Rke.Gateway.Hosting;

/// <summary>Logs for machines: one JSON object a line. Scopes are on then, because they carry the trace id.</summary>
internal static class JsonLogs
{
    private const string Formatter = "Logging:Console:FormatterName";
    private const string Scopes = "Logging:Console:FormatterOptions:IncludeScopes";

    public static void UseJsonLogs(this WebApplicationBuilder builder, LoggingSettings settings)
    {
        if (!settings.Json && builder.Configuration[Formatter] != "json")
        {
            return;
        }

        builder.Logging.AddJsonConsole();
        if (builder.Configuration[Scopes] is null)
        {
            builder.Configuration[Scopes] = "true";
        }
    }
}
