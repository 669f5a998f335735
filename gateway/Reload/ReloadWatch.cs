using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Reload;

/// <summary>
/// Reads files again when they have changed and are quiet. A bad file changes nothing but what /readyz, the log and the
/// metrics say.
/// </summary>
internal sealed class ReloadWatch(
    IEnumerable<IReloadable> reloadables,
    ReloadSettings settings,
    ReloadMeter meter,
    TimeProvider timeProvider,
    ILogger<ReloadWatch> logger) : BackgroundService
{
    private readonly List<Entry> _entries = [.. reloadables.Select(reloadable => new Entry(reloadable))];

    /// <summary>Reads all for the first time.</summary>
    /// <exception cref="SettingsException">Any of them is bad: there is nothing that could stay.</exception>
    public void LoadAll()
    {
        foreach (var entry in _entries)
        {
            entry.Seen = entry.Loaded = FileStamp.Of(entry.Reloadable.Paths);
            entry.Problem = entry.Reloadable.TryLoad();
            meter.OnRead(entry.Reloadable.Name, entry.Problem is null);
        }

        if (_entries.Exists(entry => entry.Problem is not null))
        {
            throw new SettingsException([.. _entries.Select(entry => entry.Problem).OfType<string>()]);
        }
    }

    /// <summary>Files that are refused now, and settings that wait for a restart.</summary>
    public IEnumerable<string> FindWarnings() =>
        _entries.SelectMany(entry => new[] { entry.Problem, entry.Reloadable.Waiting }).OfType<string>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(settings.Interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var entry in _entries)
                {
                    Look(entry);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    // Files are written in several steps: they are read when they look the same twice.
    private void Look(Entry entry)
    {
        var stamp = FileStamp.Of(entry.Reloadable.Paths);
        var isQuiet = stamp == entry.Seen;
        entry.Seen = stamp;
        if (!isQuiet || (stamp == entry.Loaded && entry.Problem is null))
        {
            return;
        }

        // What is refused is tried again: what it lacks may come with another file.
        var before = (entry.Loaded, entry.Problem);
        entry.Loaded = stamp;
        entry.Problem = entry.Reloadable.TryLoad();
        if ((entry.Loaded, entry.Problem) == before)
        {
            return;
        }

        meter.OnRead(entry.Reloadable.Name, entry.Problem is null);
        meter.OnRestartNeeded(_entries.Exists(each => each.Reloadable.Waiting is not null));
        if (entry.Problem is { } problem)
        {
            Log.ReloadRefused(logger, entry.Reloadable.Name, problem);
        }
        else
        {
            Log.Reloaded(logger, entry.Reloadable.Name);
        }
    }

    private sealed class Entry(IReloadable reloadable)
    {
        public IReloadable Reloadable => reloadable;

        public string Seen { get; set; } = "";

        public string Loaded { get; set; } = "";

        public volatile string? Problem;
    }
}
