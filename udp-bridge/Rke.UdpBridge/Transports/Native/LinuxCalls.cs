using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rke.UdpBridge.Transports.Native;

/// <summary>
/// The system calls of Linux that .NET does not offer. glibc and musl have all of them, with the same layouts on 64-bit
/// processors.
/// </summary>
internal static unsafe partial class LinuxCalls
{
    private const string Library = "libc";

    /// <summary>Whether the calls work on this system.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    [LibraryImport(Library, EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMessages(
        SafeHandle socket, BatchedMessage* messages, uint count, MessageOptions options, void* timeout);

    [LibraryImport(Library, EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMessages(
        SafeHandle socket, BatchedMessage* messages, uint count, MessageOptions options);

    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(SafeHandle socket, byte* datagram, nuint length, MessageOptions options);

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial SafeFileHandle CreateEventPoll(DescriptorOptions options);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int ControlEventPoll(
        SafeHandle poll, PollOperation operation, SafeHandle descriptor, byte* polledEvent);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int WaitForEvents(SafeHandle poll, byte* events, int count, int milliseconds);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial SafeFileHandle CreateEvent(uint value, DescriptorOptions options);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeHandle descriptor, ulong* value, nuint length);
}

/// <summary>Options of one call: MSG_….</summary>
[Flags]
internal enum MessageOptions
{
    None = 0,

    /// <summary>MSG_TRUNC: a received datagram was longer than its buffer.</summary>
    Truncated = 0x20,

    /// <summary>MSG_DONTWAIT: the call does not wait.</summary>
    NoWait = 0x40,

    /// <summary>MSG_ERRQUEUE: receive the errors that IP_RECVERR keeps.</summary>
    ErrorQueue = 0x2000,

    /// <summary>MSG_NOSIGNAL: an error is no signal.</summary>
    NoSignal = 0x4000,

    /// <summary>MSG_WAITFORONE: wait for the first datagram only.</summary>
    WaitForOne = 0x10000,
}

/// <summary>Options of a new descriptor: EPOLL_CLOEXEC, EFD_CLOEXEC, EFD_NONBLOCK.</summary>
[Flags]
internal enum DescriptorOptions
{
    None = 0,
    NonBlocking = 0x800,
    CloseOnExec = 0x80000,
}

/// <summary>EPOLL_CTL_….</summary>
internal enum PollOperation
{
    Add = 1,
    Remove = 2,
}

/// <summary>EPOLLIN, EPOLLERR, EPOLLHUP and EPOLLET. The system reports errors without a request.</summary>
[Flags]
internal enum PolledEvents : uint
{
    None = 0,
    Readable = 0x1,
    Error = 0x8,
    HangUp = 0x10,

    /// <summary>Each event is reported once, when it occurs.</summary>
    EdgeTriggered = 0x8000_0000,
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Base;
    public nuint Length;
}

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public byte* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public byte* Control;
    public nuint ControlLength;
    public MessageOptions Flags;
}

/// <summary>struct mmsghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BatchedMessage
{
    public MessageHeader Header;

    /// <summary>The number of bytes that were sent or received.</summary>
    public uint Length;
}
