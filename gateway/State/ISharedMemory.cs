namespace Rke.Gateway.State;

/// <summary>
/// What replicas tell each other to spare work, and what may be lost at any moment: who does not find it, makes it
/// anew. Nothing secret stands in it.
/// </summary>
internal interface ISharedMemory
{
    /// <summary>Null when there is nothing, or when nobody can be asked; it waits a moment at most.</summary>
    ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Keeps it for a while, if it can.</summary>
    ValueTask PutAsync(string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken);
}
