namespace Rke.Raida.Names;

/// <summary>Why a zone was refused.</summary>
/// <param name="Line">Counted from 1.</param>
/// <param name="Reason">What is wrong and what would be right.</param>
public readonly record struct ZoneError(int Line, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"line {Line}: {Reason}";
}
