using Rke.Gateway.Identity;
using Rke.Gateway.Policy;

namespace Rke.Gateway.Services;

/// <summary>How long a call may work, and what stops it before.</summary>
/// <param name="Deadline">The caller's deadline, or the gateway's own; with a moment to spare for the answer.</param>
/// <param name="Cancellation">The caller has gone.</param>
internal readonly record struct CallScope(DateTimeOffset Deadline, CancellationToken Cancellation)
{
    /// <summary>For whom it works.</summary>
    public CallerIdentity Caller { get => field ?? CallerIdentity.Gateway; init; }

    /// <summary>What it may use.</summary>
    public Permit Permit { get => field ?? Permit.Everything; init; }
}
