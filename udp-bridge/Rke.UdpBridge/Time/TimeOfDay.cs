namespace Rke.UdpBridge;

/// <summary>
/// The time of the system clock, which can jump. Use it only for times that leave or enter the process, such as a
/// timestamp of a response or the validity of a certificate. Use <see cref="MonotonicTime"/> for everything else.
/// </summary>
public static class TimeOfDay
{
    public static DateTimeOffset Now(TimeProvider timeProvider)
    {
#pragma warning disable RS0030 // The only use of the system clock in product code.
        return timeProvider.GetUtcNow();
#pragma warning restore RS0030
    }
}
