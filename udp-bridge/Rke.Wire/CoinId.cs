namespace Rke.Wire;

/// <summary>The public numbers of a RAIDA key ("coin"): denomination DN, signed 8-bit, and serial number SN, 32-bit.</summary>
public readonly record struct CoinId(sbyte Denomination, uint SerialNumber)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Denomination}/{SerialNumber}";
}
