namespace Rke.Gateway.Observability;

/// <summary>Log messages of this feature. Event ids 2700 to 2799.</summary>
internal static partial class Log
{
    [LoggerMessage(2700, LogLevel.Information, "The gateway sends traces and metrics to {Endpoint} over OTLP.")]
    public static partial void TelemetrySent(ILogger logger, string endpoint);
}
