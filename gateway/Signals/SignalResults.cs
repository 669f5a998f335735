using System.Buffers.Binary;
using Microsoft.Extensions.Options;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Signals;

/// <summary>
/// The results of answered Signals, and the Signals in progress. Both kinds of results are bounded, and the oldest result is removed first.
/// Results without a used part have a bound of their own, so that strangers cannot remove the results of sessions.
/// </summary>
internal sealed class SignalResults(IOptionsMonitor<SignalOptions> options, TimeProvider timeProvider)
{
    /// <summary>How long a result with used parts is kept. A key server keeps a part for at most this time.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>How long a result without used parts is kept: the time in which an initiator repeats a Signal.</summary>
    public static readonly TimeSpan UnusedLifetime = TimeSpan.FromSeconds(30);

    /// <summary>The maximum number of results without used parts.</summary>
    public const int MaxUnused = 4096;

    // The maximum number of repeated datagrams that wait for the result of the same Signal.
    private const int MaxWaiting = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, SignalInProgress> _inProgress = [];
    private readonly BoundedResults _used = new(Lifetime);
    private readonly BoundedResults _unused = new(UnusedLifetime);
    private readonly long _origin = timeProvider.GetTimestamp();

    /// <summary>The number of kept results and of Signals in progress.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _inProgress.Count + _used.Count + _unused.Count;
            }
        }
    }

    /// <summary>
    /// Whether the Signal is known. If it is, <paramref name="result"/> is its current or future result, or null if too many
    /// datagrams wait for the result.
    /// </summary>
    public bool TryFind(UInt128 fingerprint, out Task<SignalResult?>? result)
    {
        lock (_gate)
        {
            RemoveOld();
            if (_inProgress.TryGetValue(fingerprint, out var running))
            {
                result = running.Waiting++ < MaxWaiting ? running.Work : null;
                return true;
            }

            var isKnown = _used.TryFind(fingerprint, out var known) || _unused.TryFind(fingerprint, out known);
            result = isKnown ? Task.FromResult<SignalResult?>(known) : null;
            return isKnown;
        }
    }

    /// <summary>
    /// Starts to process a Signal, unless it has become known since <see cref="TryFind"/>. Keeps its result, unless the result is null.
    /// </summary>
    /// <param name="fingerprint">The fingerprint of the Signal.</param>
    /// <param name="work">Processes it.</param>
    /// <param name="isStarted">Whether this call started the work.</param>
    /// <returns>As <see cref="TryFind"/>.</returns>
    public Task<SignalResult?>? Start(UInt128 fingerprint, Func<Task<SignalResult?>> work, out bool isStarted)
    {
        Task<SignalResult?> running;
        lock (_gate)
        {
            isStarted = !TryFind(fingerprint, out var known);
            if (!isStarted)
            {
                return known;
            }

            running = Task.Run(work);
            _inProgress[fingerprint] = new(running);
        }

        return FinishAsync(fingerprint, running);
    }

    private async Task<SignalResult?> FinishAsync(UInt128 fingerprint, Task<SignalResult?> running)
    {
        SignalResult? result = null;
        try
        {
            result = await running;
            return result;
        }
        finally
        {
            lock (_gate)
            {
                _inProgress.Remove(fingerprint);
                if (result is not null)
                {
                    (result.IsAnyUsed ? _used : _unused).Add(fingerprint, result, timeProvider.GetElapsedTime(_origin));
                }

                RemoveOld();
            }
        }
    }

    private void RemoveOld()
    {
        var now = timeProvider.GetElapsedTime(_origin);
        _used.RemoveOld(now, options.CurrentValue.Results);
        _unused.RemoveOld(now, MaxUnused);
    }

    private sealed class SignalInProgress(Task<SignalResult?> work)
    {
        public Task<SignalResult?> Work => work;

        public int Waiting { get; set; }
    }

    // Flags and ticks instead of objects: about 100 bytes for each result.
    private sealed class BoundedResults(TimeSpan lifetime)
    {
        private readonly Dictionary<UInt128, (ushort Used, TimeSpan Duration)> _results = [];
        private readonly Queue<(UInt128 Fingerprint, TimeSpan Until)> _order = new();

        public int Count => _results.Count;

        public bool TryFind(UInt128 fingerprint, out SignalResult? result)
        {
            var isKnown = _results.TryGetValue(fingerprint, out var found);
            result = isKnown ? new(found.Used, found.Duration) : null;
            return isKnown;
        }

        public void Add(UInt128 fingerprint, SignalResult result, TimeSpan now)
        {
            if (_results.TryAdd(fingerprint, (result.Used, result.Duration)))
            {
                _order.Enqueue((fingerprint, now + lifetime));
            }
        }

        public void RemoveOld(TimeSpan now, int capacity)
        {
            while (_order.TryPeek(out var oldest) && (oldest.Until <= now || _order.Count > capacity))
            {
                _results.Remove(_order.Dequeue().Fingerprint);
            }
        }
    }
}

/// <summary>The result of a Signal. Repeated Signals get the same result.</summary>
/// <param name="Used">One bit for each used part. Bit 0 is the first part.</param>
/// <param name="Duration">The time from the Signal to the result.</param>
internal sealed record SignalResult(ushort Used, TimeSpan Duration)
{
    private const int Length = sizeof(ushort) + sizeof(long);

    public bool IsAnyUsed => Used != 0;

    public static SignalResult Of(IEnumerable<int> usedParts, TimeSpan duration) =>
        new(usedParts.Aggregate((ushort)0, (flags, index) => (ushort)(flags | (1 << index))), duration);

    public static SignalResult Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt16BigEndian(bytes),
        TimeSpan.FromTicks(BinaryPrimitives.ReadInt64BigEndian(bytes[sizeof(ushort)..])));

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, Used);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(sizeof(ushort)), Duration.Ticks);
        return bytes;
    }
}
