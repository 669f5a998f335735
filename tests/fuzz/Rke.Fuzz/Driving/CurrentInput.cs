using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace Rke.Fuzz.Driving;

/// <summary>
/// The input of the current execution, in a file that is mapped into memory: length (4), bytes. The file still has the input
/// after the process has crashed.
/// </summary>
internal sealed unsafe class CurrentInput : IDisposable
{
    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _capacity;

    public CurrentInput(string folder, int maxLength)
    {
        Directory.CreateDirectory(folder);
        _path = PathIn(folder);
        _capacity = sizeof(int) + maxLength;
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.Create, null, _capacity);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>The input of a process that has crashed. Null if no process has crashed.</summary>
    public static byte[]? Recover(string folder)
    {
        var path = PathIn(folder);
        if (!File.Exists(path))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes.AsSpan(sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(bytes)).ToArray();
    }

    public void Write(ReadOnlySpan<byte> input)
    {
        var place = new Span<byte>(_start, _capacity);
        BinaryPrimitives.WriteInt32LittleEndian(place, input.Length);
        input.CopyTo(place[sizeof(int)..]);
    }

    public byte[] Read()
    {
        var place = new ReadOnlySpan<byte>(_start, _capacity);
        return place.Slice(sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(place)).ToArray();
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }

    private static string PathIn(string folder) => Path.Combine(folder, "current");
}
