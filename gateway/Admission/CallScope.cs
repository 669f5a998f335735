using Rke.Gateway.Identity;
using Rke.Gateway.Policy;
using Rke.UdpBridge;

namespace Rke.Gateway.Admission;

/// <summary>The deadline, the cancellation, the caller and the permit of a call.</summary>
/// <param name="Deadline">
/// When the work must end. It is before the caller's deadline, so that the response arrives in time.
/// </param>
/// <param name="Cancellation">Cancelled when the caller cancels the call or disconnects.</param>
internal readonly record struct CallScope(MonotonicTime Deadline, CancellationToken Cancellation)
{
    /// <summary>Who makes the call.</summary>
    public CallerIdentity Caller { get => field ?? CallerIdentity.Gateway; init; }

    /// <summary>The networks and coins that the call may use.</summary>
    public Permit Permit { get => field ?? Permit.Everything; init; }
}
