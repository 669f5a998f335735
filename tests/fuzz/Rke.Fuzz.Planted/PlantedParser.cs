namespace Rke.Fuzz.Planted;

/// <summary>
/// A parser with a fault for three bytes in a row. It is in a project of its own, because SharpFuzz does not instrument the assembly
/// that contains the driver.
/// </summary>
public static class PlantedParser
{
    /// <summary>Whether the input reaches the fault.</summary>
    public static bool ReachesFault(ReadOnlySpan<byte> input)
    {
        for (var index = 0; index + 2 < input.Length; index++)
        {
            if (input[index] == 0xC3 && IsSecond(input[index + 1]) && IsThird(input[index + 2]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSecond(byte value) => value == 0x5A;

    private static bool IsThird(byte value) => value == 0x1E;
}
