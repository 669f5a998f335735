using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Rke.Gateway.Background;
using Rke.UdpBridge;

namespace Rke.Gateway.Coins;

/// <summary>
/// Checks the key folder after each notification of the file system, and every <c>Rke:Keys:Rescan</c>, because notifications can
/// get lost. Two checks are at least <c>Rke:Keys:Settle</c> apart, so that a file that changes all the time costs little and does not
/// delay the others.
/// </summary>
internal sealed class KeyFolderWatcher(
    KeyFolder folder,
    IOptions<KeysOptions> options,
    BackgroundFailures failures,
    TimeProvider timeProvider,
    ILogger<KeyFolderWatcher> logger) : BackgroundLoop(failures)
{
    // At most one notification waits, because one check covers all changes.
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        folder.Refresh();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        using var watcher = Watch();
        var lastRescan = MonotonicTime.Now(timeProvider);

        // The first check covers changes between the first read and the start of the watcher.
        while (true)
        {
            var now = MonotonicTime.Now(timeProvider);
            var isRescan = now - lastRescan >= options.Value.Rescan;
            lastRescan = isRescan ? now : lastRescan;
            var isStable = folder.Refresh(retry: isRescan);
            await Task.Delay(options.Value.Settle, timeProvider, stoppingToken);
            if (isStable)
            {
                await WaitForChangeAsync(options.Value.Rescan, stoppingToken);
            }
        }
    }

    private async Task WaitForChangeAsync(TimeSpan time, CancellationToken stoppingToken)
    {
        using var timeout = new CancellationTokenSource(time, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stoppingToken);
        try
        {
            await _changes.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // It is time for a check without a notification.
        }
    }

    private void OnChanged() => _changes.Writer.TryWrite(true);

    private FileSystemWatcher? Watch()
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(options.Value.Path!);
            watcher.Changed += (_, _) => OnChanged();
            watcher.Created += (_, _) => OnChanged();
            watcher.Deleted += (_, _) => OnChanged();
            watcher.Renamed += (_, _) => OnChanged();
            watcher.Error += (_, _) => OnChanged();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            watcher?.Dispose();
            Log.KeyFolderUnwatched(logger, options.Value.Path!, options.Value.Rescan, exception.Message);
            return null;
        }
    }
}
