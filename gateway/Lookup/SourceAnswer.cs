namespace Rke.Gateway.Lookup;

/// <summary>What a source knows of a name: records, none, or nothing because it could not be asked.</summary>
/// <param name="Records">Empty when there are none, and when it failed.</param>
/// <param name="Ttl">How long this holds; null where the source does not say.</param>
/// <param name="Failure">Why it could not be asked; null when it could.</param>
internal sealed record SourceAnswer<T>(IReadOnlyList<T> Records, TimeSpan? Ttl, string? Failure = null)
{
    public static SourceAnswer<T> None { get; } = new([], Ttl: null);

    public static SourceAnswer<T> Failed(string failure) => new([], Ttl: null, failure);
}
