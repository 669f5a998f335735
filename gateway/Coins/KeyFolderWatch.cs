using Rke.Gateway.Configuration;

namespace Rke.Gateway.Coins;

/// <summary>
/// Reloads the key folder when it changes: once nothing has changed for a moment, and from time to time whatever the
/// file system says.
/// </summary>
internal sealed class KeyFolderWatch(
    KeyFolder folder, KeysSettings settings, TimeProvider timeProvider, ILogger<KeyFolderWatch> logger) : BackgroundService
{
    private readonly SemaphoreSlim _changed = new(0);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        folder.Refresh();
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _changed.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watcher = Watch();

        // What changed between the first look and the watch.
        _changed.Release();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WaitForChangeAsync(stoppingToken);
                folder.Refresh();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task WaitForChangeAsync(CancellationToken stoppingToken)
    {
        if (!await WaitAsync(settings.Rescan, stoppingToken))
        {
            return;
        }

        // A file is written in several steps: wait until it is quiet.
        while (await WaitAsync(settings.Settle, stoppingToken))
        {
        }
    }

    private async Task<bool> WaitAsync(TimeSpan time, CancellationToken stoppingToken)
    {
        using var timeout = new CancellationTokenSource(time, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stoppingToken);
        try
        {
            await _changed.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private FileSystemWatcher? Watch()
    {
        try
        {
            var watcher = new FileSystemWatcher(settings.Path!);
            watcher.Changed += (_, _) => _changed.Release();
            watcher.Created += (_, _) => _changed.Release();
            watcher.Deleted += (_, _) => _changed.Release();
            watcher.Renamed += (_, _) => _changed.Release();
            watcher.Error += (_, _) => _changed.Release();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            Log.KeyFolderUnwatched(logger, settings.Path!, settings.Rescan, exception.Message);
            return null;
        }
    }
}
