using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Rke.UdpBridge.Transports.Native;

/// <summary>
/// Buffers for a number of datagrams, which one system call sends or receives (sendmmsg, recvmmsg). On most machines,
/// the call itself costs more than a datagram.
/// </summary>
/// <remarks>
/// The memory is allocated once and does not move. One thread at a time may use a batch. The bytes stay in the buffers
/// until <see cref="Clear"/>.
/// </remarks>
internal sealed unsafe class DatagramBatch
{
    /// <summary>The length of struct sockaddr_in6, which is longer than sockaddr_in.</summary>
    public const int MaxAddressLength = 28;

    private readonly byte[] _bytes;
    private readonly byte[] _addresses;
    private readonly IoVector[] _vectors;
    private readonly BatchedMessage[] _messages;
    private readonly int _maxLength;

    /// <param name="capacity">The maximum number of datagrams. Linux sends at most 1024 in one call.</param>
    /// <param name="maxLength">The length of each buffer. Longer datagrams are cut off when they are received.</param>
    /// <param name="hasAddresses">Each datagram has an address of its own. False for connected sockets.</param>
    public DatagramBatch(int capacity, int maxLength, bool hasAddresses)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1024);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        Capacity = capacity;
        _maxLength = maxLength;
        _bytes = GC.AllocateArray<byte>(capacity * maxLength, pinned: true);
        _addresses = GC.AllocateArray<byte>(hasAddresses ? capacity * MaxAddressLength : 0, pinned: true);
        _vectors = GC.AllocateArray<IoVector>(capacity, pinned: true);
        _messages = GC.AllocateArray<BatchedMessage>(capacity, pinned: true);
        for (var index = 0; index < capacity; index++)
        {
            _vectors[index].Base = Pointer(_bytes) + (index * maxLength);
            ref var header = ref _messages[index].Header;
            header.Vectors = (IoVector*)Marshal.UnsafeAddrOfPinnedArrayElement(_vectors, index);
            header.VectorCount = 1;
            header.Name = hasAddresses ? Pointer(_addresses) + (index * MaxAddressLength) : null;
        }
    }

    /// <summary>The maximum number of datagrams.</summary>
    public int Capacity { get; }

    private bool HasAddresses => _addresses.Length > 0;

    /// <summary>The whole buffer of a datagram. Write the datagram to it, and then call <see cref="SetLength"/>.</summary>
    public Span<byte> Buffer(int index) => _bytes.AsSpan(index * _maxLength, _maxLength);

    /// <summary>A datagram that was received or written. If it was cut off, the bytes that fit.</summary>
    public ReadOnlySpan<byte> Datagram(int index) => Buffer(index)[..(int)_vectors[index].Length];

    /// <summary>The received datagram was longer than the buffer.</summary>
    public bool IsTruncated(int index) => _messages[index].Header.Flags.HasFlag(MessageOptions.Truncated);

    /// <summary>Sets the length of a datagram that was written to <see cref="Buffer"/>.</summary>
    public void SetLength(int index, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_maxLength, nameof(length));
        _vectors[index].Length = (nuint)length;
    }

    /// <summary>Copies a datagram to a buffer.</summary>
    public void Set(int index, ReadOnlySpan<byte> datagram)
    {
        datagram.CopyTo(Buffer(index));
        SetLength(index, datagram.Length);
    }

    /// <summary>The address of the sender or receiver of a datagram: struct sockaddr_in or sockaddr_in6.</summary>
    public ReadOnlySpan<byte> Address(int index) =>
        _addresses.AsSpan(index * MaxAddressLength, (int)_messages[index].Header.NameLength);

    /// <summary>Sets the address that a datagram is sent to.</summary>
    public void SetAddress(int index, ReadOnlySpan<byte> address)
    {
        address.CopyTo(_addresses.AsSpan(index * MaxAddressLength, MaxAddressLength));
        _messages[index].Header.NameLength = (uint)address.Length;
    }

    /// <summary>Receives the datagrams that have arrived, as many as there are buffers.</summary>
    /// <param name="socket">The socket. A signal does not end the call.</param>
    /// <param name="wait">Wait for the first datagram. The socket must be in blocking mode.</param>
    /// <param name="error">Why nothing was received: WouldBlock if no datagram has arrived.</param>
    /// <returns>The number of datagrams.</returns>
    public int Receive(SafeHandle socket, bool wait, out SocketError error)
    {
        for (var index = 0; index < Capacity; index++)
        {
            _vectors[index].Length = (nuint)_maxLength;
            _messages[index].Header.NameLength = HasAddresses ? (uint)MaxAddressLength : 0;
        }

        var options = wait ? MessageOptions.WaitForOne : MessageOptions.NoWait;
        var count = 0;
        do
        {
            try
            {
                count = LinuxCalls.ReceiveMessages(socket, Message(0), (uint)Capacity, options, timeout: null);
                error = count < 0 ? LinuxErrors.ToSocketError(Marshal.GetLastPInvokeError()) : SocketError.Success;
            }
            catch (ObjectDisposedException)
            {
                error = SocketError.OperationAborted;
            }
        }
        while (error == SocketError.Interrupted);

        count = error == SocketError.Success ? count : 0;
        for (var index = 0; index < count; index++)
        {
            // The length of a datagram that was cut off is the length of its buffer.
            _vectors[index].Length = Math.Min(_messages[index].Length, (nuint)_maxLength);
            _messages[index].Header.NameLength = Math.Min(_messages[index].Header.NameLength, MaxAddressLength);
        }

        return count;
    }

    /// <summary>Sends datagrams without waiting, in their order, until one cannot be sent.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="first">The index of the first datagram.</param>
    /// <param name="count">The number of datagrams.</param>
    /// <param name="error">
    /// Why the first datagram was not sent. Success if it was sent. If a later one cannot be sent, the next call, which
    /// starts with it, reports the reason.
    /// </param>
    /// <returns>The number of datagrams that were sent.</returns>
    public int Send(SafeHandle socket, int first, int count, out SocketError error)
    {
        Debug.Assert(first >= 0 && count > 0 && first + count <= Capacity, "The datagrams are in the batch.");
        const MessageOptions Options = MessageOptions.NoWait | MessageOptions.NoSignal;
        var sent = 0;
        do
        {
            try
            {
                sent = LinuxCalls.SendMessages(socket, Message(first), (uint)count, Options);
                error = sent < 0 ? LinuxErrors.ToSocketError(Marshal.GetLastPInvokeError()) : SocketError.Success;
            }
            catch (ObjectDisposedException)
            {
                error = SocketError.OperationAborted;
            }
        }
        while (error == SocketError.Interrupted);

        return error == SocketError.Success ? sent : 0;
    }

    /// <summary>Zeroes the first datagrams. Call this if they contained something secret.</summary>
    public void Clear(int count)
    {
        for (var index = 0; index < count; index++)
        {
            CryptographicOperations.ZeroMemory(Buffer(index)[..(int)_vectors[index].Length]);
        }
    }

    private static byte* Pointer(byte[] pinned) => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

    private BatchedMessage* Message(int index) =>
        (BatchedMessage*)Marshal.UnsafeAddrOfPinnedArrayElement(_messages, index);
}
