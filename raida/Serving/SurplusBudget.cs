namespace Rke.Raida.Serving;

/// <summary>
/// Bounds what a server sends to addresses that nobody has proved: an unencrypted request may be forged, and an answer
/// longer than it would make the server an amplifier. The bytes by which such answers exceed their requests come out of
/// a token bucket of one second. Used under the server's lock.
/// </summary>
internal sealed class SurplusBudget(int bytesPerSecond, long ticksPerSecond)
{
    private double _tokens = bytesPerSecond;
    private long _filledAt;

    /// <summary>Takes bytes out of the bucket, if there are as many.</summary>
    public bool TrySpend(long now, int bytes)
    {
        _tokens = Math.Min(bytesPerSecond, _tokens + ((double)(now - _filledAt) * bytesPerSecond / ticksPerSecond));
        _filledAt = now;
        if (_tokens < bytes)
        {
            return false;
        }

        _tokens -= bytes;
        return true;
    }
}
