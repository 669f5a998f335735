namespace Rke.Wire;

/// <summary>How far a response is believed (docs/WIRE.md §4).</summary>
public enum ResponseVerdict
{
    /// <summary>Counted and dropped; the wait goes on.</summary>
    Ignored,

    /// <summary>An error that could not be signed: kept, and reported when no signed answer comes in time.</summary>
    Hint,

    /// <summary>Signed: this is the answer.</summary>
    Believed,
}
