using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Rke.Fuzz.Driving;

/// <summary>
/// The map in which instrumented code counts the edges of one execution, and the edges of all executions so far. As in
/// AFL, a count that falls into a new class (1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128-255) is new coverage.
/// </summary>
internal sealed unsafe class CoverageMap
{
    public const int Length = 1 << 16;

    private readonly byte[] _seen = new byte[Length];

    private CoverageMap()
    {
    }

    /// <summary>The number of different edges so far.</summary>
    public int Edges { get; private set; }

    private static Span<byte> Counts => new(Trace.SharedMem, Length);

    /// <summary>Allocates the map. Instrumented code must not run before.</summary>
    public static void Allocate()
    {
        if (Trace.SharedMem is null)
        {
            Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(Length);
        }
    }

    public static CoverageMap Create()
    {
        Allocate();
        return new();
    }

    /// <summary>Clears the counts before an execution.</summary>
    public static void Clear()
    {
        Counts.Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Adds the counts of an execution. Returns whether it reached something new.</summary>
    public bool TakeNew()
    {
        var isNew = false;
        var counts = Counts;
        for (var index = 0; ; index++)
        {
            var skipped = counts[index..].IndexOfAnyExcept((byte)0);
            if (skipped < 0)
            {
                return isNew;
            }

            index += skipped;
            var hits = ClassOf(counts[index]);
            if ((_seen[index] & hits) == 0)
            {
                Edges += _seen[index] == 0 ? 1 : 0;
                _seen[index] |= hits;
                isNew = true;
            }

            if (index == Length - 1)
            {
                return isNew;
            }
        }
    }

    private static byte ClassOf(byte count) => count switch
    {
        <= 2 => count,
        3 => 4,
        <= 7 => 8,
        <= 15 => 16,
        <= 31 => 32,
        <= 127 => 64,
        _ => 128,
    };
}
