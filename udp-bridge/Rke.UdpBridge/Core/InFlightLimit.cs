namespace Rke.UdpBridge.Core;

/// <summary>Limits the exchanges that wait for a response from all servers. Safe for use by several threads.</summary>
internal sealed class InFlightLimit(int limit)
{
    private int _inFlight;

    public bool IsReached => Volatile.Read(ref _inFlight) >= limit;

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inFlight) <= limit)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inFlight);
}
