namespace Rke.Wire;

/// <summary>Comparisons whose time does not depend on the values.</summary>
internal static class ConstantTime
{
    // One branch at the end. The operator == of UInt128 compares the halves one after the other.
    public static bool AreEqual(UInt128 left, UInt128 right)
    {
        var difference = left ^ right;
        return ((ulong)(difference >> 64) | (ulong)difference) == 0;
    }
}
