
namespace Rke.Gateway.Hosting;

/// <summary>Logs as JSON, one object per line, with scopes, because the scopes contain the trace id.</summary>
internal static class JsonLogs
{
    private const string Formatter = "Logging:Console:FormatterName";
    private const string Scopes = "Logging:Console:FormatterOptions:IncludeScopes";

    public static void UseJsonLogs(this WebApplicationBuilder builder, LoggingOptions options)
    {
        if (!options.Json && builder.Configuration[Formatter] != "json")
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
