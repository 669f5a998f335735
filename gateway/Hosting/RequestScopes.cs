using Rke.Gateway.ConsoleLog;

namespace Rke.Gateway.Hosting;

/// <summary>
/// ASP.NET Core creates an activity and a log scope for each request, if the logger of its diagnostics is enabled. Only log providers that
/// write scopes, such as JSON, use them: traces have a listener of their own. If there is no such provider, this disables the logger,
/// because nothing would read the activity and the scope.
/// </summary>
internal static class RequestScopes
{
    private const string Levels = "Logging:LogLevel:Microsoft.AspNetCore";
    private const string DefaultLevel = "Warning";

    private static readonly string[] Scopes = ["Logging:Console:FormatterOptions:IncludeScopes", "Logging:Console:IncludeScopes"];

    public static void DisableUnusedRequestScopes(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var isConsoleAlone = builder.Services.Where(service => service.ServiceType == typeof(ILoggerProvider))
            .All(service => service.ImplementationType == typeof(ConsoleLogProvider));
        var hasScopes = Array.Exists(Scopes, key => string.Equals(configuration[key], "true", StringComparison.OrdinalIgnoreCase));

        // An operator can enable the log lines of requests.
        var isDefault = configuration[Levels] == DefaultLevel
            && configuration[$"{Levels}.Hosting"] is null
            && configuration[$"{Levels}.Hosting.Diagnostics"] is null;
        if (isConsoleAlone && !hasScopes && isDefault)
        {
            configuration[$"{Levels}.Hosting.Diagnostics"] = nameof(LogLevel.None);
        }
    }
}
