namespace Rke.Gateway.State;

/// <summary>A gateway alone: what it knows it remembers itself.</summary>
internal sealed class NoSharedMemory : ISharedMemory
{
    public ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ReadOnlyMemory<byte>?>(null);

    public ValueTask PutAsync(
        string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;
}
