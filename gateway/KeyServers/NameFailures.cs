using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Lookup;

namespace Rke.Gateway.KeyServers;

/// <summary>Maps failed lookups to errors of calls.</summary>
internal static class NameFailures
{
    private static readonly TimeSpan RetryLookup = TimeSpan.FromSeconds(1);

    /// <summary>The error of a failed lookup.</summary>
    /// <param name="field">The proto field with the name; null if the name is not from the caller.</param>
    public static CallFailure Of(LookupFailure failure, string name, string detail, string? field) => failure switch
    {
        LookupFailure.InvalidName when field is not null => new(
            StatusCode.InvalidArgument, Reason.InvalidField, $"{field}: {detail}")
        {
            BadFields = [new(field, detail)],
        },
        LookupFailure.InvalidName or LookupFailure.NoAddress => new(
            StatusCode.NotFound, Reason.HostNotFound, $"The host {name} was not found: {detail}."),
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
        _ => new(StatusCode.Unavailable, Reason.LookupUnavailable, $"The lookup of {name} failed: {detail}.")
        {
            RetryAfter = RetryLookup,
        },
    };
}
