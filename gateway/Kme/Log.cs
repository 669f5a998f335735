namespace Rke.Gateway.Kme;

/// <summary>Log messages of this feature. Event ids 3400 to 3499.</summary>
internal static partial class Log
{
    [LoggerMessage(3400, LogLevel.Information, "The gateway is the KME {Kme} at {Address}.")]
    public static partial void Listening(ILogger logger, string kme, string address);

    [LoggerMessage(
        3401,
        LogLevel.Warning,
        "The stock of keys for {Master} and {Slave} cannot be refilled: {Problem}. The gateway tries again in {Pause}.")]
    public static partial void RefillFailed(ILogger logger, string master, string slave, string problem, TimeSpan pause);

    [LoggerMessage(
        3402,
        LogLevel.Warning,
        "The gateway refused a session of the KME: {Slave} has not fetched {MaxWaiting} keys that it shares with {Master}, the maximum of "
        + "Rke:Kme:MaxWaiting.")]
    public static partial void TooManyWaiting(ILogger logger, string slave, int maxWaiting, string master);

    [LoggerMessage(
        3403,
        LogLevel.Error,
        "Key {Key} of the stock for {Master} and {Slave} is lost: this replica does not have its sealing key. Keep an old sealing key in "
        + "the file of Rke:Sessions:SealingKey for twice the time of Rke:Kme:Lifetime.")]
    public static partial void KeySealed(ILogger logger, string key, string master, string slave);

    [LoggerMessage(
        3404,
        LogLevel.Warning,
        "A request at the KME port was answered with {Status} for {Caller}: {Problem}")]
    public static partial void RequestRefused(ILogger logger, int status, string caller, string problem);

    [LoggerMessage(3405, LogLevel.Error, "A request at the KME port failed. Report this as a bug if it occurs again.")]
    public static partial void RequestFailed(ILogger logger, Exception exception);
}
