using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Rke.Bench.Load;

/// <summary>
/// Waits for several sockets with ppoll(2). Its time limit is in nanoseconds; that of Socket.Poll is rounded to milliseconds, which is
/// too coarse for thousands of calls per second.
/// </summary>
internal sealed partial class Polling
{
    private const short Readable = 1;
    private const short Writable = 4;
    private const short ErrorOrEnd = 8 | 16;
    private const int Interrupted = 4;
    private const int SetTimerSlack = 29;

    private readonly Descriptor[] _descriptors;

    public Polling(int count)
    {
        _descriptors = new Descriptor[count];

        // Linux may delay the end of a wait by 50 µs, unless the thread says otherwise.
        _ = Control(SetTimerSlack, 1, 0, 0, 0);
    }

    [StructLayout(LayoutKind.Sequential)]
    private record struct Descriptor(int Number, short Events, short Results);

    [StructLayout(LayoutKind.Sequential)]
    private record struct Duration(long Seconds, long Nanoseconds);

    public void Watch(int index, int descriptor) => _descriptors[index] = new(descriptor, Readable, 0);

    public void WatchWrites(int index, bool isWanted) =>
        _descriptors[index].Events = isWanted ? (short)(Readable | Writable) : Readable;

    public bool IsReadable(int index) => (_descriptors[index].Results & (Readable | ErrorOrEnd)) != 0;

    /// <returns>The number of sockets that are ready.</returns>
    public unsafe int Wait(TimeSpan limit)
    {
        var time = limit < TimeSpan.Zero ? default : new Duration((long)limit.TotalSeconds, limit.Ticks % TimeSpan.TicksPerSecond * 100);
        fixed (Descriptor* first = _descriptors)
        {
            var count = PollDescriptors(first, (nuint)_descriptors.Length, &time, null);
            if (count < 0 && Marshal.GetLastPInvokeError() is not Interrupted and var error)
            {
                throw new Win32Exception(error);
            }

            return Math.Max(count, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static unsafe partial int PollDescriptors(Descriptor* descriptors, nuint count, Duration* limit, void* signals);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint first, nuint second, nuint third, nuint fourth);
}
