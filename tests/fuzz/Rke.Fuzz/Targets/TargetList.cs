using Rke.Fuzz.Driving;
using Rke.Wire;

namespace Rke.Fuzz.Targets;

/// <summary>All targets. A new target needs a line here.</summary>
internal static class TargetList
{
    public static IReadOnlyList<FuzzTarget> Create() =>
    [
        new RequestTarget(WireProfile.Rke),
        new RequestTarget(WireProfile.Raidax),
        new ResponseTarget(WireProfile.Rke),
        new ResponseTarget(WireProfile.Raidax),
        new SignalTarget(),
        new KeyFileTarget(),
        new SealingKeyTarget(),
        new DnsReplyTarget(),
        new HostTarget(),
        new MembershipTarget(),
        new ForwardedCertificateTarget(),
        new PolicyTarget(),
        new KeySetTarget(),
        new TokenTarget(),
        new SessionCursorTarget(),
        new Http2ReaderTarget(),
    ];
}
