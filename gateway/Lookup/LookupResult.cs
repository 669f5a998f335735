using System.Diagnostics.CodeAnalysis;

namespace Rke.Gateway.Lookup;

/// <summary>A value, or why there is none, in words for the caller.</summary>
internal sealed record LookupResult<T>(T? Value, LookupFailure Failure, string Detail)
    where T : class
{
    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsFound => Value is not null;

    public static LookupResult<T> Found(T value) => new(value, LookupFailure.None, "");

    public static LookupResult<T> Failed(LookupFailure failure, string detail) => new(null, failure, detail);
}
