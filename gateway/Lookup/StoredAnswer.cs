namespace Rke.Gateway.Lookup;

/// <summary>An answer as replicas tell it to each other.</summary>
/// <param name="ExpiresAt">Until then it holds; afterwards it may serve as stale.</param>
/// <param name="Value">What was found.</param>
internal sealed record StoredAnswer<T>(DateTimeOffset ExpiresAt, T Value);
