using System.Buffers.Binary;
using System.Globalization;

namespace Rke.Testing;

/// <summary>Searches the whole writable memory of another process of this user, as a core dump would hold it. Linux only.</summary>
public static class ProcessMemory
{
    private const int ChunkLength = 1 << 20;
    private const int PrefixLength = sizeof(ulong);

    /// <summary>Finds secrets of at least 8 bytes.</summary>
    /// <param name="processId">The process, which must be a child of this one.</param>
    /// <param name="secrets">A name and the bytes of each secret. The first 8 bytes of all secrets must differ.</param>
    public static IReadOnlyList<FoundSecret> Find(int processId, IReadOnlyCollection<(string Name, byte[] Bytes)> secrets)
    {
        var byPrefix = secrets.ToDictionary(secret => BinaryPrimitives.ReadUInt64LittleEndian(secret.Bytes));
        var firstTwo = new bool[1 << 16];
        foreach (var prefix in byPrefix.Keys)
        {
            firstTwo[(ushort)prefix] = true;
        }

        var overlap = secrets.Max(secret => secret.Bytes.Length);
        var found = new List<FoundSecret>();
        var buffer = new byte[ChunkLength + overlap];
        using var memory = File.OpenHandle($"/proc/{processId}/mem");
        foreach (var (start, end, name) in RegionsOf(processId))
        {
            for (var at = start; at < end; at += ChunkLength)
            {
                Search(Read(memory, buffer, at, end), at, name, byPrefix, firstTwo, found);
            }
        }

        return found;
    }

    private static ReadOnlySpan<byte> Read(Microsoft.Win32.SafeHandles.SafeFileHandle memory, byte[] buffer, long at, long end)
    {
        try
        {
            return buffer.AsSpan(0, RandomAccess.Read(memory, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at));
        }
        catch (IOException)
        {
            // The process has released the region.
            return [];
        }
    }

    private static void Search(
        ReadOnlySpan<byte> bytes,
        long address,
        string region,
        Dictionary<ulong, (string Name, byte[] Bytes)> byPrefix,
        bool[] firstTwo,
        List<FoundSecret> found)
    {
        for (var index = 0; index <= bytes.Length - PrefixLength && index < ChunkLength; index++)
        {
            if (firstTwo[bytes[index] | (bytes[index + 1] << 8)]
                && byPrefix.TryGetValue(BinaryPrimitives.ReadUInt64LittleEndian(bytes[index..]), out var secret)
                && bytes[index..].StartsWith(secret.Bytes))
            {
                var from = Math.Max(0, index - 64);
                found.Add(new(secret.Name, address + index, region, bytes[from..Math.Min(bytes.Length, from + 160)].ToArray()));
            }
        }
    }

    private static IEnumerable<(long Start, long End, string Name)> RegionsOf(int processId)
    {
        foreach (var line in File.ReadLines($"/proc/{processId}/maps"))
        {
            // start-end permissions offset device inode path
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var range = fields[0].Split('-');
            var path = fields.Length > 5 ? fields[5] : "";
            if (fields[1].StartsWith("rw", StringComparison.Ordinal) && path != "[vvar]")
            {
                yield return (Parse(range[0]), Parse(range[1]), path);
            }
        }
    }

    private static long Parse(string text) => long.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

/// <summary>A secret in the memory of a process.</summary>
/// <param name="Name">The name of the secret.</param>
/// <param name="Address">Where it starts.</param>
/// <param name="Region">The file of the mapping, or empty.</param>
/// <param name="Context">The bytes around it, from 64 bytes before its start.</param>
public sealed record FoundSecret(string Name, long Address, string Region, byte[] Context)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} at {Address:x} {Region}: {Convert.ToHexStringLower(Context)}";
}
