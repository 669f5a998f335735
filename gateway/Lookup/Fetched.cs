namespace Rke.Gateway.Lookup;

/// <summary>What asking the sources brought: a value with its TTL, or why there is none.</summary>
/// <param name="Value">Null when the sources could not be asked.</param>
/// <param name="Ttl">Null where the source does not say.</param>
/// <param name="IsNegative">The value says that there is nothing: it is kept for a shorter time.</param>
/// <param name="Failure">Why there is no value.</param>
/// <param name="Detail">The same in words.</param>
internal sealed record Fetched<T>(
    T? Value, TimeSpan? Ttl, bool IsNegative, LookupFailure Failure = LookupFailure.None, string Detail = "")
    where T : class
{
    public static Fetched<T> Failed(LookupFailure failure, string detail) =>
        new(null, Ttl: null, IsNegative: false, failure, detail);
}
