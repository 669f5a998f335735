namespace Rke.Wire;

/// <summary>Where a response's keystream starts (docs/WIRE.md §6, "Response IV").</summary>
public enum ResponseIv
{
    /// <summary>The initial counter block of the request.</summary>
    Same,

    /// <summary>The request's counter goes on: plus ceil((body length - 2) / 16).</summary>
    Continued,
}
