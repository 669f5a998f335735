using System.Diagnostics.CodeAnalysis;

namespace Rke.Raida.Storage;

/// <summary>
/// A list that grows by segments, so that growing neither copies nor moves what is there, and a large table is no
/// large object. Elements are reached by reference.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is a list, not an IEnumerable.")]
internal sealed class SegmentedList<T>
    where T : struct
{
    private const int SegmentBits = 9;
    private const int SegmentLength = 1 << SegmentBits;
    private const int SegmentMask = SegmentLength - 1;

    private T[][] _segments = [];

    public int Count { get; private set; }

    public ref T this[int index] => ref _segments[index >> SegmentBits][index & SegmentMask];

    /// <summary>Appends a default element and returns its index.</summary>
    public int Add()
    {
        var segment = Count >> SegmentBits;
        if (segment == _segments.Length)
        {
            Array.Resize(ref _segments, Math.Max(4, segment * 2));
        }

        _segments[segment] ??= new T[SegmentLength];
        return Count++;
    }

    /// <summary>Appends default elements until there are <paramref name="count"/>.</summary>
    public void GrowTo(int count)
    {
        while (Count < count)
        {
            Add();
        }
    }
}
