using Rke.Wire;

namespace Rke.Architecture.Tests.Samples.Calls;

/// <summary>Uses a wire type where that is allowed.</summary>
internal sealed class WireInCalls(Challenge challenge)
{
    public Challenge Challenge => challenge;
}
