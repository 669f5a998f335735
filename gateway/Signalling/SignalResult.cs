namespace Rke.Gateway.Signalling;

/// <summary>How a Signal is answered, however often it comes.</summary>
/// <param name="UsedParts">Indexes of the parts that were used.</param>
/// <param name="Took">How long it took.</param>
internal sealed record SignalResult(IReadOnlyList<int> UsedParts, TimeSpan Took);
