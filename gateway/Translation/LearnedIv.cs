using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>
/// What is known of one key server's response IV, and since when. All who need it at a time share one look.
/// </summary>
/// <param name="look">Looks at the server; gets what was known before.</param>
internal sealed class LearnedIv(Func<Canary?, Task<Canary>> look, TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private Canary? _known;
    private long _knownSince;
    private Task<Canary>? _looking;
    private long _lookingSince;

    /// <summary>What holds at <paramref name="since"/> or later; the task faults where nobody can tell.</summary>
    public async Task<ResponseIv> FindAsync(long since)
    {
        while (true)
        {
            Task<Canary> looking;
            lock (_gate)
            {
                if (_known is { } known && _knownSince >= since)
                {
                    return known.Iv;
                }

                looking = _looking ??= LookAsync(_known);
            }

            await looking;
        }
    }

    private async Task<Canary> LookAsync(Canary? known)
    {
        // Not under the caller's lock, and not on the caller's time: it may be somebody else's look as well.
        _lookingSince = timeProvider.GetTimestamp();
        try
        {
            await Task.Yield();
            var canary = await look(known);
            lock (_gate)
            {
                _known = canary;
                _knownSince = _lookingSince;
            }

            return canary;
        }
        finally
        {
            lock (_gate)
            {
                _looking = null;
            }
        }
    }
}
