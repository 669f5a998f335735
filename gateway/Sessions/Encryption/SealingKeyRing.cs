using Microsoft.Extensions.Options;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Sessions.Encryption;

/// <summary>
/// The sealing keys of the last valid file. A key that is removed from the file still decrypts for one lifetime of a session
/// and one lease, because a session that it encrypted may wait so long. Then the key is cleared.
/// </summary>
internal sealed class SealingKeyRing : IReloadable, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SessionsOptions _settings;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<SealingKeyRing> _logger;
    private readonly long _origin;
    private readonly ITimer _timer;
    private List<SealingKey> _keys = [];
    private IReadOnlyList<(SealingKey Key, TimeSpan Until)> _retired = [];

    public SealingKeyRing(IOptions<SessionsOptions> options, TimeProvider timeProvider, ILogger<SealingKeyRing> logger)
    {
        (_settings, _timeProvider, _logger) = (options.Value, timeProvider, logger);
        _origin = timeProvider.GetTimestamp();
        _timer = timeProvider.CreateTimer(_ => DisposeExpired(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Paths = _settings.SealingKey is { } path ? [path] : [];
    }

    public string Name => ReloadMeter.SealingKeys;

    public IReadOnlyList<string> Paths { get; }

    /// <summary>The key that encrypts. Null if no sealing key is configured.</summary>
    public SealingKey? Current
    {
        get
        {
            lock (_gate)
            {
                return _keys.Count > 0 ? _keys[0] : null;
            }
        }
    }

    private TimeSpan Now => _timeProvider.GetElapsedTime(_origin);

    /// <summary>The key with this name. Null if it is unknown.</summary>
    public SealingKey? Find(ReadOnlySpan<byte> name)
    {
        lock (_gate)
        {
            foreach (var key in _keys)
            {
                if (key.HasName(name))
                {
                    return key;
                }
            }

            foreach (var (key, _) in _retired)
            {
                if (key.HasName(name))
                {
                    return key;
                }
            }

            return null;
        }
    }

    public string? TryLoad()
    {
        var path = _settings.SealingKey!;
        if (!SealingKeyFile.TryRead(path, out var keys, out var problem))
        {
            return $"Rke:Sessions:SealingKey: '{path}' {problem}.";
        }

        Replace(keys);
        Log.SealingKeysLoaded(_logger, keys.Count, Convert.ToHexStringLower(keys[0].Name));
        return null;
    }

    /// <summary>Replaces the keys. The ring then owns them and clears them.</summary>
    public void Replace(IReadOnlyList<SealingKey> keys)
    {
        lock (_gate)
        {
            var until = Now + _settings.Lifetime + _settings.Lease;
            var next = keys.Select(ReuseKnown).ToList();
            _retired =
            [
                .. _retired.Where(retired => !next.Contains(retired.Key)),
                .. _keys.Where(key => !next.Contains(key)).Select(key => (key, until)),
            ];
            _keys = next;
            ScheduleTimer();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            foreach (var key in _keys.Concat(_retired.Select(retired => retired.Key)))
            {
                key.Dispose();
            }

            (_keys, _retired) = ([], []);
        }
    }

    // Keeps the object of a known key, because another thread may use it.
    private SealingKey ReuseKnown(SealingKey key)
    {
        if (Find(key.Name) is not { } known)
        {
            return key;
        }

        key.Dispose();
        return known;
    }

    private void DisposeExpired()
    {
        lock (_gate)
        {
            var now = Now;
            foreach (var (key, until) in _retired)
            {
                if (until <= now)
                {
                    key.Dispose();
                }
            }

            _retired = [.. _retired.Where(retired => retired.Until > now)];
            ScheduleTimer();
        }
    }

    private void ScheduleTimer()
    {
        if (_retired.Count > 0)
        {
            var wait = _retired.Min(retired => retired.Until) - Now;
            _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
