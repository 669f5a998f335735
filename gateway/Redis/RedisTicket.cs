using Rke.UdpBridge;

namespace Rke.Gateway.Redis;

/// <summary>
/// Makes tickets. A ticket marks what one call has written. Another call has another ticket, so it cannot end the effect of the first one.
/// </summary>
internal static class RedisTicket
{
    public static ulong Make(IEntropySource entropy)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        entropy.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
