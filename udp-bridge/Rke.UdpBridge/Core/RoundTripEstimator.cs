namespace Rke.UdpBridge.Core;

/// <summary>
/// Estimates how long to wait for a server: smoothed round-trip time and variation (RFC 6298), from exchanges whose
/// datagram was sent once (Karn's rule).
/// </summary>
/// <remarks>
/// RFC 6298 §5.7 keeps a doubled timeout until the next sample. This class uses the time of the response instead. If the
/// response arrives soon after the last datagram, the earlier datagrams were lost, and the timeout stays. If it arrives later,
/// the server is slower than the timeout, and the timeout doubles until a request needs only one datagram.
/// </remarks>
internal sealed class RoundTripEstimator(UdpBridgeOptions options)
{
    private const double LossWeight = 1.0 / 64;
    private TimeSpan _floor;

    public TimeSpan? Smoothed { get; private set; }

    public TimeSpan Variation { get; private set; }

    /// <summary>The share of datagrams without a response in time, 0 to 1.</summary>
    public double Loss { get; private set; }

    /// <summary>The wait after the first datagram of the next request.</summary>
    public TimeSpan Timeout
    {
        get
        {
            var learned = Smoothed is { } smoothed ? smoothed + (4 * Variation) : options.InitialRetransmission;
            var wanted = learned > _floor ? learned : _floor;
            return wanted < options.MinRetransmission ? options.MinRetransmission
                : wanted > options.MaxRetransmission ? options.MaxRetransmission
                : wanted;
        }
    }

    public void OnAnswer(TimeSpan sinceFirst, TimeSpan sinceLast, int attempts)
    {
        OnLost(attempts - 1);
        Loss -= Loss * LossWeight;
        if (attempts == 1)
        {
            Sample(sinceFirst);
            _floor = default;
        }
        else if (Smoothed is not { } smoothed || sinceLast > smoothed + (4 * Variation) + TimerWheel.TickLength)
        {
            _floor = 2 * Timeout;
        }
    }

    public void OnLost(int datagrams)
    {
        for (var count = Math.Min(datagrams, 8); count > 0; count--)
        {
            Loss += (1 - Loss) * LossWeight;
        }
    }

    private void Sample(TimeSpan roundTrip)
    {
        if (Smoothed is not { } smoothed)
        {
            Smoothed = roundTrip;
            Variation = roundTrip / 2;
            return;
        }

        Variation = (0.75 * Variation) + (0.25 * (smoothed - roundTrip).Duration());
        Smoothed = (0.875 * smoothed) + (0.125 * roundTrip);
    }
}
