using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Sessions.Sealing;

/// <summary>
/// The sealing keys in force: those of the newest good file. A key that leaves the file still opens for one lifetime
/// of a session, because what it sealed may wait so long; then it is zeroed.
/// </summary>
internal sealed class SealingKeyRing : IReloadable, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SessionsSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<SealingKeyRing> _logger;
    private readonly long _origin;
    private readonly ITimer _timer;
    private List<SealingKey> _keys = [];
    private IReadOnlyList<(SealingKey Key, TimeSpan Until)> _left = [];

    public SealingKeyRing(SessionsSettings settings, TimeProvider timeProvider, ILogger<SealingKeyRing> logger)
    {
        (_settings, _timeProvider, _logger) = (settings, timeProvider, logger);
        _origin = timeProvider.GetTimestamp();
        _timer = timeProvider.CreateTimer(_ => Forget(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Paths = settings.SealingKeys is { } path ? [path] : [];
    }

    public string Name => ReloadMeter.SealingKeys;

    public IReadOnlyList<string> Paths { get; }

    /// <summary>The one that seals; null where none is configured.</summary>
    public SealingKey? First
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

    /// <summary>The key that something was sealed under; null when it is not here.</summary>
    public SealingKey? Find(ReadOnlySpan<byte> name)
    {
        lock (_gate)
        {
            foreach (var key in _keys)
            {
                if (key.Is(name))
                {
                    return key;
                }
            }

            foreach (var (key, _) in _left)
            {
                if (key.Is(name))
                {
                    return key;
                }
            }

            return null;
        }
    }

    public string? TryLoad()
    {
        var path = _settings.SealingKeys!;
        if (!SealingKeyFile.TryRead(path, out var keys, out var problem))
        {
            return $"Rke:Sessions:SealingKey: '{path}' {problem}; write a key of 32 bytes a line, such as openssl rand "
                + "-hex 32 makes.";
        }

        Replace(keys);
        Log.SessionsSealed(_logger, keys.Count, Convert.ToHexStringLower(keys[0].Name));
        return null;
    }

    /// <summary>Puts keys in force; they are the ring's from then on.</summary>
    public void Replace(IReadOnlyList<SealingKey> keys)
    {
        lock (_gate)
        {
            var until = Now + _settings.Lifetime;
            var next = keys.Select(TakeKnown).ToList();
            _left =
            [
                .. _left.Where(left => !next.Contains(left.Key)),
                .. _keys.Where(key => !next.Contains(key)).Select(key => (key, until)),
            ];
            _keys = next;
            Wait();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            foreach (var key in _keys.Concat(_left.Select(left => left.Key)))
            {
                key.Dispose();
            }

            (_keys, _left) = ([], []);
        }
    }

    // A key that stays is the same object, which somebody may be sealing with.
    private SealingKey TakeKnown(SealingKey key)
    {
        if (Find(key.Name) is not { } known)
        {
            return key;
        }

        key.Dispose();
        return known;
    }

    private void Forget()
    {
        lock (_gate)
        {
            var now = Now;
            foreach (var (key, until) in _left)
            {
                if (until <= now)
                {
                    key.Dispose();
                }
            }

            _left = [.. _left.Where(left => left.Until > now)];
            Wait();
        }
    }

    private void Wait()
    {
        if (_left.Count > 0)
        {
            var wait = _left.Min(left => left.Until) - Now;
            _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
