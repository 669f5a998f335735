using Rke.Wire;

namespace Rke.Architecture.Tests.Samples.Translation;

/// <summary>Uses a wire type where that is allowed.</summary>
internal sealed class WireInTranslation(Challenge challenge)
{
    public Challenge Challenge => challenge;
}
