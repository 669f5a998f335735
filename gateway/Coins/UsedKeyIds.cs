using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// The key ids that were used on raidax servers, in the memory of one gateway. If there are too many, it removes the oldest ones.
/// </summary>
internal sealed class UsedKeyIds(TimeProvider timeProvider, int capacity = UsedKeyIds.DefaultCapacity)
{
    private const int DefaultCapacity = 1_000_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(ServerId Server, KeyIdHash Id), (ulong Ticket, MonotonicTime Ends)> _uses = [];
    private readonly Queue<(ServerId Server, KeyIdHash Id, ulong Ticket, MonotonicTime Ends)> _oldest = new();

    /// <summary>Marks a key id as used. False, without a change, if it is used under another ticket.</summary>
    /// <param name="isNew">Whether this call marked it.</param>
    public bool TryUse(ServerId server, KeyIdHash id, ulong ticket, TimeSpan lifetime, out bool isNew)
    {
        lock (_gate)
        {
            var now = MonotonicTime.Now(timeProvider);
            while (_oldest.TryPeek(out var oldest) && (oldest.Ends <= now || _oldest.Count >= capacity))
            {
                _oldest.Dequeue();
                Remove(oldest.Server, oldest.Id, oldest.Ticket);
            }

            isNew = !_uses.TryGetValue((server, id), out var known) || known.Ends <= now;
            if (!isNew)
            {
                return known.Ticket == ticket;
            }

            _uses[(server, id)] = (ticket, now + lifetime);
            _oldest.Enqueue((server, id, ticket, now + lifetime));
            return true;
        }
    }

    /// <summary>Ends a use. Does nothing if the id is used under another ticket.</summary>
    public void Release(ServerId server, KeyIdHash id, ulong ticket)
    {
        lock (_gate)
        {
            Remove(server, id, ticket);
        }
    }

    private void Remove(ServerId server, KeyIdHash id, ulong ticket)
    {
        if (_uses.TryGetValue((server, id), out var known) && known.Ticket == ticket)
        {
            _uses.Remove((server, id));
        }
    }
}
