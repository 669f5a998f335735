using System.Net;

namespace Rke.Raida.Impairments;

/// <summary>Receives a datagram. It must not keep <paramref name="remote"/>, the address of the client.</summary>
internal delegate void DatagramHandler(ReadOnlySpan<byte> datagram, SocketAddress remote);

/// <summary>
/// One direction of a simulated network. It drops, duplicates, delays and reorders datagrams. It allocates memory for
/// each datagram, because only tests use it.
/// </summary>
internal sealed class ImpairedPath(Impairment impairment, ulong seed, TimeProvider time, DatagramHandler receiver)
    : IDisposable
{
    /// <summary>A reordered datagram waits at most this time for the next datagram.</summary>
    public static readonly TimeSpan MaxHold = TimeSpan.FromMilliseconds(50);

    private const int MaxPending = 10_000;

    private readonly TimeProvider _time = time;
    private readonly Lock _gate = new();
    private readonly ImpairmentSequence _impairments = new(impairment, seed);
    private readonly HashSet<DelayedAction> _pending = [];
    private Datagram? _held;
    private bool _disposed;

    /// <summary>Sends a datagram to the receiver.</summary>
    public void Send(ReadOnlySpan<byte> bytes, SocketAddress remote)
    {
        Datagram datagram;
        Datagram? overtaken;
        lock (_gate)
        {
            var faults = _impairments.Next();
            if (faults.IsDropped || _disposed)
            {
                return;
            }

            datagram = new(bytes, remote, faults);
            overtaken = _held;
            _held = null;
            if (faults.IsReordered && overtaken is null)
            {
                _held = datagram;
                Schedule(MaxHold, () => Release(datagram));
                return;
            }
        }

        Delay(datagram);
        if (overtaken is not null)
        {
            Delay(overtaken);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _held = null;
            foreach (var action in _pending)
            {
                action.Timer.Dispose();
            }

            _pending.Clear();
        }
    }

    private void Release(Datagram datagram)
    {
        lock (_gate)
        {
            if (_held != datagram)
            {
                return;
            }

            _held = null;
        }

        Delay(datagram);
    }

    private void Delay(Datagram datagram)
    {
        if (datagram.Faults.Delay == TimeSpan.Zero)
        {
            Deliver(datagram);
            return;
        }

        lock (_gate)
        {
            Schedule(datagram.Faults.Delay, () => Deliver(datagram));
        }
    }

    private void Deliver(Datagram datagram)
    {
        for (var copy = 0; copy < (datagram.Faults.IsDuplicated ? 2 : 1); copy++)
        {
            receiver(datagram.Bytes, datagram.Remote);
        }
    }

    // Requires the lock. A full path drops the datagram, like a real network.
    private void Schedule(TimeSpan delay, Action action)
    {
        if (_disposed || _pending.Count >= MaxPending)
        {
            return;
        }

        var delayed = new DelayedAction(this, action);
        _pending.Add(delayed);
        delayed.Timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void Run(DelayedAction delayed, Action action)
    {
        lock (_gate)
        {
            if (!_pending.Remove(delayed))
            {
                return;
            }
        }

        delayed.Timer.Dispose();
        action();
    }

    private sealed class DelayedAction
    {
        public DelayedAction(ImpairedPath path, Action action) => Timer = path._time.CreateTimer(
            _ => path.Run(this, action), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ITimer Timer { get; }
    }

    private sealed class Datagram
    {
        public Datagram(ReadOnlySpan<byte> bytes, SocketAddress remote, DatagramImpairment faults)
        {
            Bytes = bytes.ToArray();
            Remote = new SocketAddress(remote.Family, remote.Size);
            remote.Buffer[..remote.Size].CopyTo(Remote.Buffer);
            Faults = faults;
        }

        public byte[] Bytes { get; }

        public SocketAddress Remote { get; }

        public DatagramImpairment Faults { get; }
    }
}
