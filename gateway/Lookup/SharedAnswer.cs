namespace Rke.Gateway.Lookup;

/// <summary>A value from memory or fresh, or why there is none.</summary>
internal readonly record struct SharedAnswer<T>(
    T? Value, TimeSpan Ttl, bool IsStale, LookupFailure Failure, string Detail)
    where T : class;
