using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rke.UdpBridge.Transports.Native;

/// <summary>Waits until something arrives at one of many sockets (epoll).</summary>
internal sealed unsafe class EventPoll : IDisposable
{
    private const int MaxEvents = 64;
    private const long StopToken = 0;
    private const int StopEventLength = sizeof(ulong);

    // struct epoll_event has no gap between its fields on x64: 32 bits of events, 64 bits of data.
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int DataOffset = IsPacked ? sizeof(uint) : sizeof(ulong);
    private static readonly int EventLength = DataOffset + sizeof(ulong);

    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * 2 * sizeof(ulong), pinned: true);
    private readonly SafeFileHandle _poll;
    private readonly SafeFileHandle _stop;

    /// <exception cref="SocketException">The system has no descriptor.</exception>
    public EventPoll()
    {
        _poll = LinuxCalls.CreateEventPoll(DescriptorOptions.CloseOnExec);
        ThrowIf(_poll.IsInvalid);
        _stop = LinuxCalls.CreateEvent(0, DescriptorOptions.CloseOnExec | DescriptorOptions.NonBlocking);
        if (_stop.IsInvalid)
        {
            var number = Marshal.GetLastPInvokeError();
            _poll.Dispose();
            throw new SocketException((int)LinuxErrors.ToSocketError(number));
        }

        Add(_stop, StopToken, PolledEvents.Readable);
    }

    /// <summary>The descriptors of the poll.</summary>
    public IEnumerable<SafeHandle> Descriptors => [_poll, _stop];

    /// <summary>Adds a socket. Each arrival of a datagram or an error is reported once.</summary>
    /// <param name="socket">The socket. It leaves the poll when it is closed.</param>
    /// <param name="token">Not 0. <see cref="Wait"/> reports it.</param>
    /// <exception cref="SocketException">The system has no memory.</exception>
    public void Add(SafeHandle socket, long token) =>
        Add(socket, token, PolledEvents.Readable | PolledEvents.EdgeTriggered);

    private void Add(SafeHandle socket, long token, PolledEvents events)
    {
        var polled = stackalloc byte[2 * sizeof(ulong)];
        Unsafe.WriteUnaligned(polled, events);
        Unsafe.WriteUnaligned(polled + DataOffset, token);
        ThrowIf(LinuxCalls.ControlEventPoll(_poll, PollOperation.Add, socket, polled) < 0);
    }

    /// <summary>Removes a socket. Does nothing if it is not there.</summary>
    public void Remove(SafeHandle socket)
    {
        var unused = stackalloc byte[2 * sizeof(ulong)];
        _ = LinuxCalls.ControlEventPoll(_poll, PollOperation.Remove, socket, unused);
    }

    /// <summary>Makes this and every later wait return -1. Any thread may call this.</summary>
    public void Stop()
    {
        var one = 1UL;
        _ = LinuxCalls.Write(_stop, &one, StopEventLength);
    }

    /// <summary>Waits for events.</summary>
    /// <returns>The number of events. -1 if the poll is stopped.</returns>
    public int Wait()
    {
        int count;
        do
        {
            count = LinuxCalls.WaitForEvents(_poll, Event(0), MaxEvents, milliseconds: -1);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == LinuxErrors.Interrupted);

        ThrowIf(count < 0);
        for (var index = 0; index < count; index++)
        {
            if (At(index).Token == StopToken)
            {
                return -1;
            }
        }

        return count;
    }

    /// <summary>An event that the last wait has reported.</summary>
    public (long Token, PolledEvents Events) At(int index) => (
        Unsafe.ReadUnaligned<long>(Event(index) + DataOffset),
        Unsafe.ReadUnaligned<PolledEvents>(Event(index)));

    /// <summary>No thread may wait any more.</summary>
    public void Dispose()
    {
        _poll.Dispose();
        _stop.Dispose();
    }

    private static void ThrowIf(bool failed)
    {
        if (failed)
        {
            throw new SocketException((int)LinuxErrors.ToSocketError(Marshal.GetLastPInvokeError()));
        }
    }

    private byte* Event(int index) => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_events, index * EventLength);
}
