using System.Net;

namespace Rke.Gateway.State;

/// <summary>Whether Redis is alive, asked past everything that is queued in this process.</summary>
internal sealed class RedisPulse(RedisConnector connector, TimeProvider timeProvider) : IDisposable
{
    // Beyond what is normal: twice the longest that a PING took of late, by which a busy machine shows.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan MostPatience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(5);

    private readonly RedisPinger _asking = new(connector, timeProvider);
    private readonly RedisPinger _learning = new(connector, timeProvider);
    private readonly Lock _gate = new();
    private Task<TimeSpan?>? _answering;
    private (TimeSpan Took, long At) _longest;

    private TimeSpan Patience
    {
        get
        {
            var normal = timeProvider.GetElapsedTime(_longest.At) < Lately ? _longest.Took * 2 : TimeSpan.Zero;
            return normal + LeastPatience < MostPatience ? normal + LeastPatience : MostPatience;
        }
    }

    /// <summary>Whether all servers answer at once. Everybody who asks at the same time gets the same answer.</summary>
    /// <param name="more">What they may need beyond their normal time.</param>
    public async Task<bool> IsBeatingAsync(EndPoint[] servers, TimeSpan more)
    {
        Task<TimeSpan?> answering;
        TimeSpan patience;
        lock (_gate)
        {
            patience = Patience + more;
            answering = _answering is { IsCompleted: false } ? _answering : _answering = _asking.AskAsync(servers, patience);
        }

        // A name server that is silent too must not keep anybody.
        await Task.WhenAny(answering, Task.Delay(patience + MostPatience, timeProvider));
        return answering.IsCompleted && await answering is not null;
    }

    /// <summary>Learns how soon they answer when all is well, and makes the connections before they are needed.</summary>
    public async Task LearnAsync(EndPoint[] servers)
    {
        var took = await _learning.AskAsync(servers, MostPatience);
        lock (_gate)
        {
            if (took > _longest.Took || timeProvider.GetElapsedTime(_longest.At) >= Lately)
            {
                _longest = (took ?? _longest.Took, timeProvider.GetTimestamp());
            }
        }
    }

    public void Dispose()
    {
        _asking.Dispose();
        _learning.Dispose();
    }
}
