namespace Rke.Testing;

/// <summary>Waits for the effect of another process or thread.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static Task IsTrueAsync(Func<bool> condition, TimeSpan? within = null) =>
        IsTrueAsync(() => Task.FromResult(condition()), within);

    /// <exception cref="OperationCanceledException">The condition did not become true in time.</exception>
    public static async Task IsTrueAsync(Func<Task<bool>> condition, TimeSpan? within = null)
    {
        using var patience = new CancellationTokenSource(within ?? Patience);
        using var timer = new PeriodicTimer(Interval);
        while (!await condition())
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
