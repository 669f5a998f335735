using Rke.UdpBridge.Core;

namespace Rke.UdpBridge;

/// <summary>
/// Collects datagrams while the thread pool is busy, so that one system call sends several. The first datagram queues a
/// work item at the end of the pool's queue. The requests before it in that queue add their datagrams.
/// </summary>
/// <param name="schedule">Queues a work item to the thread pool.</param>
internal sealed class SendQueue(Action<IThreadPoolWorkItem> schedule) : IThreadPoolWorkItem
{
    [ThreadStatic]
    private static List<Transmit>? _free;

    private readonly Lock _gate = new();
    private List<Transmit> _waiting = [];
    private bool _isQueued;

    /// <summary>
    /// Adds datagrams. They are sent soon, unless their exchange ends before that. The first datagram of an exchange is sent also if the
    /// caller cancels the exchange or its deadline passes.
    /// </summary>
    /// <param name="transmits">The datagrams, and others before them.</param>
    /// <param name="first">The index of the first datagram to add.</param>
    public void Add(List<Transmit> transmits, int first)
    {
        bool isFirst;
        lock (_gate)
        {
            for (var index = first; index < transmits.Count; index++)
            {
                _waiting.Add(transmits[index]);
            }

            isFirst = !_isQueued;
            _isQueued = true;
        }

        if (isFirst)
        {
            schedule(this);
        }
    }

    /// <summary>Sends what was added, path by path.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        List<Transmit> transmits;
        var free = _free ?? [];
        _free = null;
        lock (_gate)
        {
            transmits = _waiting;
            _waiting = free;
            _isQueued = false;
        }

        var batch = OutgoingBatch.Rent();
        while (transmits.Count > 0)
        {
            var path = (ServerPath)transmits[0].Exchange.Path!;
            Move(transmits, path, batch);
            path.Send(batch);
            batch.Clear();
        }

        batch.Return();
        _free = transmits;
    }

    /// <summary>Moves the datagrams of one path to the batch.</summary>
    private static void Move(List<Transmit> transmits, ServerPath path, OutgoingBatch batch)
    {
        var kept = 0;
        for (var index = 0; index < transmits.Count; index++)
        {
            var transmit = transmits[index];
            if (transmit.Exchange.Path != path || batch.IsFull)
            {
                transmits[kept++] = transmit;
            }
            else
            {
                batch.Add(transmit);
            }
        }

        transmits.RemoveRange(kept, transmits.Count - kept);
    }
}
