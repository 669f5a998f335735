namespace Rke.Wire;

/// <summary>
/// The public numbers that identify a RAIDA key ("coin"): the denomination DN, signed 8-bit, and the serial number SN,
/// 32-bit (docs/WIRE.md §2 and §12).
/// </summary>
public readonly record struct CoinId(sbyte Denomination, uint SerialNumber)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Denomination}/{SerialNumber}";
}
