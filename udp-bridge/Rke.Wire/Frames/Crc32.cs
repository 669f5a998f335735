namespace Rke.Wire;

/// <summary>CRC-32 as in zlib and IEEE 802.3: reflected polynomial EDB88320 (docs/WIRE.md §3).</summary>
public static class Crc32
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>"123456789" gives CBF43926.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = Table[(byte)crc ^ value] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var index = 0u; index < table.Length; index++)
        {
            var value = index;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            }

            table[index] = value;
        }

        return table;
    }
}
