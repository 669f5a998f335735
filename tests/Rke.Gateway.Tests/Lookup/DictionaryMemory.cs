using System.Collections.Concurrent;
using Rke.Gateway.State;

namespace Rke.Gateway.Tests.Lookup;

/// <summary>A memory that several replicas in one test share.</summary>
internal sealed class DictionaryMemory : ISharedMemory
{
    private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> values = new(StringComparer.Ordinal);

    /// <summary>What stands under every key that nobody has written.</summary>
    public ReadOnlyMemory<byte>? Everything { get; set; }

    public ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken) =>
        ValueTask.FromResult(values.TryGetValue(key, out var value) ? value : Everything);

    public ValueTask PutAsync(
        string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        values[key] = value;
        return ValueTask.CompletedTask;
    }
}
