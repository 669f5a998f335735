namespace Rke.Raida.Serving;

/// <summary>
/// Prevents amplification attacks. The source address of an unencrypted request can be forged, and a longer response
/// would amplify the traffic to a victim. A token bucket of one second limits the bytes by which responses are longer
/// than their unencrypted requests. The server's lock protects this limit.
/// </summary>
internal sealed class AmplificationLimit(int bytesPerSecond, long ticksPerSecond)
{
    private double _tokens = bytesPerSecond;
    private long _filledAt;

    /// <summary>Takes tokens from the bucket, if there are enough.</summary>
    public bool Allows(long now, int bytes)
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
