using Grpc.Core;
using Rke.Gateway.Lookup;

namespace Rke.Gateway.Errors;

/// <summary>Names that cannot be found, as callers learn it.</summary>
internal static class NameFailures
{
    private static readonly TimeSpan RetryLookup = TimeSpan.FromSeconds(1);

    /// <summary>Why there is no answer about a name.</summary>
    /// <param name="field">The proto field that holds the name; null when it was not the caller who named it.</param>
    public static CallFailure Of(LookupFailure failure, string name, string detail, string? field) => failure switch
    {
        LookupFailure.InvalidName when field is not null => new(
            StatusCode.InvalidArgument, Reason.InvalidField, $"{field}: {detail}")
        {
            BadFields = [new(field, detail)],
        },
        LookupFailure.InvalidName or LookupFailure.NoAddress => new(
            StatusCode.NotFound, Reason.HostNotFound, $"The host {name} cannot be found: {detail}."),
        LookupFailure.NoSource => new(StatusCode.FailedPrecondition, Reason.LookupUnsupported, $"{name}: {detail}."),
        LookupFailure.Disagreement => new(StatusCode.Unavailable, Reason.LookupConflict, $"{name}: {detail}.")
        {
            RetryAfter = RetryLookup,
        },
        LookupFailure.Overloaded => new(StatusCode.ResourceExhausted, Reason.Overloaded, $"{name}: {detail}.")
        {
            RetryAfter = RetryLookup,
            QuotaSubject = "lookups",
        },
        _ => new(StatusCode.Unavailable, Reason.LookupUnavailable, $"{name} cannot be looked up now: {detail}.")
        {
            RetryAfter = RetryLookup,
        },
    };
}
