namespace Rke.Gateway.Lookup;

/// <summary>What is remembered of a name: the last value with its times, and the last failure.</summary>
internal sealed record CacheEntry<T>
    where T : class
{
    public T? Value { get; init; }

    /// <summary>Until then the value holds.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Until then it may serve if nobody can be asked.</summary>
    public DateTimeOffset StaleUntil { get; init; }

    /// <summary>Before then nobody is asked again after a failure.</summary>
    public DateTimeOffset RetryAt { get; init; }

    public LookupFailure Failure { get; init; }

    public string Detail { get; init; } = "";
}
