using Microsoft.Extensions.Options;
using Rke.Gateway.Background;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Reload;

/// <summary>
/// Reloads files after they have changed. An invalid file has no effect, except on /readyz, the log and the metrics.
/// </summary>
internal sealed class ReloadService(
    IEnumerable<IReloadable> reloadables,
    IOptions<ReloadOptions> options,
    ReloadMeter meter,
    BackgroundFailures failures,
    TimeProvider timeProvider,
    ILogger<ReloadService> logger) : BackgroundLoop(failures)
{
    private readonly List<Entry> _entries = [.. reloadables.Select(reloadable => new Entry(reloadable))];

    /// <summary>Reads all files at the start.</summary>
    /// <exception cref="SettingsException">A file is invalid, and there is no earlier version.</exception>
    public void LoadAll()
    {
        foreach (var entry in _entries)
        {
            entry.LastStamp = entry.LoadedStamp = FileStamp.Of(entry.Reloadable.Paths);
            entry.Problem = entry.Reloadable.TryLoad();
            meter.OnRead(entry.Reloadable.Name, entry.Problem is null);
        }

        if (_entries.Exists(entry => entry.Problem is not null))
        {
            throw new SettingsException([.. _entries.Select(entry => entry.Problem).OfType<string>()]);
        }
    }

    /// <summary>The problems of refused files, and the settings that wait for a restart.</summary>
    public IEnumerable<string> FindWarnings() =>
        _entries.SelectMany(entry => new[] { entry.Problem, entry.Reloadable.RestartNotice }).OfType<string>();

    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var entry in _entries)
            {
                Check(entry);
            }
        }
    }

    // A program may write a file in several steps, so the file is read when two checks find the same stamp.
    private void Check(Entry entry)
    {
        var stamp = FileStamp.Of(entry.Reloadable.Paths);
        var isQuiet = stamp == entry.LastStamp;
        entry.LastStamp = stamp;
        if (!isQuiet || (stamp == entry.LoadedStamp && entry.Problem is null))
        {
            return;
        }

        // A refused file is read at each check, because its validity may depend on other files.
        var before = (entry.LoadedStamp, entry.Problem);
        entry.LoadedStamp = stamp;
        entry.Problem = entry.Reloadable.TryLoad();
        if ((entry.LoadedStamp, entry.Problem) == before)
        {
            return;
        }

        meter.OnRead(entry.Reloadable.Name, entry.Problem is null);
        meter.OnRestartNeeded(_entries.Exists(each => each.Reloadable.RestartNotice is not null));
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

        public string LastStamp { get; set; } = "";

        public string LoadedStamp { get; set; } = "";

        public volatile string? Problem;
    }
}

/// <summary>A service that reads files, and reads them again when they change.</summary>
internal interface IReloadable
{
    /// <summary>The name in metrics and logs.</summary>
    string Name { get; }

    /// <summary>The files to watch.</summary>
    IReadOnlyList<string> Paths { get; }

    /// <summary>A warning about changes that take effect after a restart. Null if there are none.</summary>
    string? RestartNotice => null;

    /// <summary>Reads the files. If they are invalid, the service keeps its last valid state.</summary>
    /// <returns>Null on success. Otherwise the problem, with the file and the fix.</returns>
    string? TryLoad();
}
