namespace Rke.Gateway.Interceptors;

/// <summary>Log messages of this feature. Event ids 1900 to 1999.</summary>
internal static partial class Log
{
    [LoggerMessage(1900, LogLevel.Information, "The policy denies {Method} to {Caller}.")]
    public static partial void CallDenied(ILogger logger, string method, string caller);

    [LoggerMessage(1901, LogLevel.Warning, "Shadow mode: the quota of caller '{Caller}' would refuse this call ({Answer}).")]
    public static partial void QuotaWouldRefuse(ILogger logger, string caller, Quotas.QuotaAnswer answer);

    [LoggerMessage(1902, LogLevel.Error, "The call {Method} failed unexpectedly. This is a fault of the gateway; report it.")]
    public static partial void CallFailed(ILogger logger, string method, Exception exception);

    [LoggerMessage(1903, LogLevel.Information, "The call {Method} of {Caller} failed with {Status}. Reason: {Reason}. Trace: {TraceId}.")]
    public static partial void CallEnded(ILogger logger, string method, string caller, string status, string reason, string traceId);
}
