using System.Net;

namespace Rke.Raida.Impairments;

/// <summary>
/// One direction of a bad network: takes datagrams in and delivers them never, once or twice, late, or behind their
/// follower. It allocates; it is for tests.
/// </summary>
internal sealed class ImpairedPath(Impairment impairment, ulong seed, TimeProvider time, Deliver deliver) : IDisposable
{
    /// <summary>An overtaken datagram goes on after this even if no other one follows.</summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(50);

    private const int MostUnderway = 10_000;

    private readonly TimeProvider _time = time;
    private readonly Lock _gate = new();
    private readonly FateSequence _fates = new(impairment, seed);
    private readonly HashSet<Errand> _underway = [];
    private Parcel? _held;
    private bool _disposed;

    /// <summary>Sends a datagram on its way.</summary>
    public void Pass(ReadOnlySpan<byte> datagram, SocketAddress remote)
    {
        Parcel? overtaken;
        Fate fate;
        lock (_gate)
        {
            fate = _fates.Next();
            if (fate.Dropped || _disposed)
            {
                return;
            }

            overtaken = _held;
            _held = null;
            if (fate.Overtaken && overtaken is null)
            {
                var parcel = _held = new Parcel(datagram, remote, fate);
                After(LongestHold, () => Release(parcel));
                return;
            }
        }

        Deliver(new Parcel(datagram, remote, fate));
        if (overtaken is not null)
        {
            Deliver(overtaken);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _held = null;
            foreach (var errand in _underway)
            {
                errand.Timer.Dispose();
            }

            _underway.Clear();
        }
    }

    private void Release(Parcel parcel)
    {
        lock (_gate)
        {
            if (_held != parcel)
            {
                return;
            }

            _held = null;
        }

        Deliver(parcel);
    }

    private void Deliver(Parcel parcel)
    {
        if (parcel.Fate.Delay == TimeSpan.Zero)
        {
            Arrive(parcel);
            return;
        }

        lock (_gate)
        {
            After(parcel.Fate.Delay, () => Arrive(parcel));
        }
    }

    private void Arrive(Parcel parcel)
    {
        for (var copy = 0; copy < (parcel.Fate.Duplicated ? 2 : 1); copy++)
        {
            deliver(parcel.Datagram, parcel.Remote);
        }
    }

    // Called under the gate. A path that is full loses what comes, as a network would.
    private void After(TimeSpan delay, Action act)
    {
        if (_disposed || _underway.Count >= MostUnderway)
        {
            return;
        }

        var errand = new Errand(this, act);
        _underway.Add(errand);
        errand.Timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void Run(Errand errand, Action act)
    {
        lock (_gate)
        {
            if (!_underway.Remove(errand))
            {
                return;
            }
        }

        errand.Timer.Dispose();
        act();
    }

    private sealed class Errand
    {
        public Errand(ImpairedPath path, Action act) => Timer = path._time.CreateTimer(
            _ => path.Run(this, act), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ITimer Timer { get; }
    }

    private sealed class Parcel
    {
        public Parcel(ReadOnlySpan<byte> datagram, SocketAddress remote, Fate fate)
        {
            Datagram = datagram.ToArray();
            Remote = new SocketAddress(remote.Family, remote.Size);
            remote.Buffer[..remote.Size].CopyTo(Remote.Buffer);
            Fate = fate;
        }

        public byte[] Datagram { get; }

        public SocketAddress Remote { get; }

        public Fate Fate { get; }
    }
}
