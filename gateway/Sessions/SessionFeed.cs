using Rke.Gateway.Sessions.Store;

namespace Rke.Gateway.Sessions;

/// <summary>
/// Reads arrived sessions from the store once for all watchers of this replica, and keeps the latest ones in memory. Without it, each
/// arrival would cost one script in Redis for each watcher. The feed reads while there are watchers.
/// </summary>
internal sealed class SessionFeed(ISessionStore store, TimeProvider timeProvider) : IDisposable
{
    private const int PageLength = 256;
    private const int MaxSessions = 1024;

    // The state of a session in memory is not up to date. A slow watcher reads older sessions from the store.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();

    // All sessions between the two cursors.
    private readonly Queue<(StoredSession Stored, long ReadAt)> _sessions = new();
    private SessionCursor _start = SessionCursor.Start;
    private SessionCursor _end = SessionCursor.Start;
    private StoreEpoch _epoch = StoreEpoch.None;

    private TaskCompletionSource _change = NewChange();
    private CancellationTokenSource? _reading;
    private int _watchers;
    private ulong _version;

    /// <summary>Changes when there are new sessions.</summary>
    public ulong Version
    {
        get
        {
            lock (_gate)
            {
                return _version;
            }
        }
    }

    /// <summary>Counts a watcher. Dispose the result when the watcher ends.</summary>
    public IDisposable Enter()
    {
        lock (_gate)
        {
            _watchers++;
        }

        return new Watcher(this);
    }

    /// <summary>The sessions after a cursor. Null if they are not in memory.</summary>
    public SessionPage? Find(SessionCursor after, int maxCount)
    {
        lock (_gate)
        {
            RemoveOld();
            if (_reading is null || after.Epoch != _end.Epoch || after.Number < _start.Number || after.Number > _end.Number)
            {
                return null;
            }

            StoredSession[] sessions =
                [.. _sessions.Select(session => session.Stored).Where(stored => stored.Number > after.Number).Take(maxCount)];
            var end = sessions.Length == maxCount ? after with { Number = sessions[^1].Number } : _end;
            return new(sessions, after, end, _epoch);
        }
    }

    /// <summary>Waits until there may be new sessions. Fails if the store is unavailable.</summary>
    /// <param name="version">The version before the watcher read its last page.</param>
    /// <param name="end">The end of the last page, which was empty.</param>
    public Task WaitAsync(ulong version, SessionCursor end, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // Another watcher can have started the feed behind the sessions that this watcher has not read.
            var isBehind = _reading is not null && end.Epoch == _end.Epoch && end.Number < _end.Number;
            if (version != _version || isBehind)
            {
                return Task.CompletedTask;
            }

            if (_reading is null)
            {
                _reading = new();
                _sessions.Clear();
                (_start, _end) = (end, end);
                var stop = _reading.Token;
                _ = Task.Run(() => RunAsync(end, stop), CancellationToken.None);
            }

            return _change.Task.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Stop();
        }
    }

    private async Task RunAsync(SessionCursor cursor, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await store.WaitAsync(cursor, stop);
                var page = await store.ReadAsync(cursor, PageLength, stop);
                cursor = page.End;
                Publish(page, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The last watcher has ended.
        }
#pragma warning disable CA1031 // Each watcher gets the exception, and its call ends with it. The next watcher starts to read again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception, stop);
        }
    }

    private void Publish(SessionPage page, CancellationToken stop)
    {
        TaskCompletionSource change;
        lock (_gate)
        {
            stop.ThrowIfCancellationRequested();
            var isContinuous = !page.HasGap && page.Start == _end;
            var now = timeProvider.GetTimestamp();
            if (!isContinuous)
            {
                // The watchers read from the store, whose pages show what each of them missed.
                _sessions.Clear();
                _start = page.End;
            }
            else
            {
                foreach (var stored in page.Sessions)
                {
                    _sessions.Enqueue((stored, now));
                }
            }

            (_end, _epoch) = (page.End, page.Epoch);
            RemoveOld();
            if (isContinuous && page.Sessions.Count == 0)
            {
                return;
            }

            change = Change();
        }

        change.SetResult();
    }

    private void Fail(Exception exception, CancellationToken stop)
    {
        TaskCompletionSource change;
        lock (_gate)
        {
            if (stop.IsCancellationRequested)
            {
                return;
            }

            Stop();
            change = Change();
        }

        change.SetException(exception);

        // Without watchers, no task observes the exception.
        _ = change.Task.Exception;
    }

    private TaskCompletionSource Change()
    {
        var change = _change;
        _change = NewChange();
        _version++;
        return change;
    }

    private void Stop()
    {
        _reading?.Cancel();
        _reading?.Dispose();
        _reading = null;
        _sessions.Clear();
    }

    private void RemoveOld()
    {
        while (_sessions.TryPeek(out var oldest)
            && (_sessions.Count > MaxSessions || timeProvider.GetElapsedTime(oldest.ReadAt) > MaxAge))
        {
            _start = _start with { Number = _sessions.Dequeue().Stored.Number };
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_watchers == 0)
            {
                Stop();
            }
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Watcher(SessionFeed feed) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            {
                feed.Leave();
            }
        }
    }
}
