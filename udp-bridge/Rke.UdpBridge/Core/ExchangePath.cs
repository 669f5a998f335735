using System.Runtime.InteropServices;

namespace Rke.UdpBridge.Core;

/// <summary>
/// A pair of a local port and a server, with the exchanges that wait for a response on it, by echo. The driver of the
/// core derives a class that holds the socket.
/// </summary>
internal class ExchangePath
{
    private readonly Dictionary<ushort, PendingExchange> _firstByEcho = [];

    /// <summary>When the path was added.</summary>
    public TimeSpan OpenedAt { get; set; }

    /// <summary>The datagrams that were sent since one was received.</summary>
    public int Unanswered { get; set; }

    /// <summary>When the first of the unanswered datagrams was sent.</summary>
    public TimeSpan UnansweredSince { get; set; }

    /// <summary>How long the path may stay silent before it is replaced.</summary>
    public TimeSpan MaxSilence { get; set; }

    /// <summary>Before this time, an exchange that has already ended may be the cause of a refusal.</summary>
    public TimeSpan SuspectUntil { get; set; }

    /// <summary>The exchanges that wait on this path.</summary>
    public IEnumerable<PendingExchange> Exchanges
    {
        get
        {
            foreach (var first in _firstByEcho.Values)
            {
                for (var exchange = first; exchange is not null; exchange = exchange.SameEcho)
                {
                    yield return exchange;
                }
            }
        }
    }

    /// <summary>No exchange waits for this echo.</summary>
    public bool IsFree(ushort echo) => !_firstByEcho.ContainsKey(echo);

    /// <summary>The first of the exchanges that wait for this echo; the others follow as SameEcho.</summary>
    public PendingExchange? Find(ushort echo) => _firstByEcho.GetValueOrDefault(echo);

    public void Add(PendingExchange exchange)
    {
        ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _firstByEcho, exchange.Expected.Nonce.Echo, out _);
        exchange.SameEcho = first;
        exchange.Path = this;
        first = exchange;
    }

    public void Remove(PendingExchange exchange)
    {
        var echo = exchange.Expected.Nonce.Echo;
        ref var first = ref CollectionsMarshal.GetValueRefOrNullRef(_firstByEcho, echo);
        if (first == exchange)
        {
            if (exchange.SameEcho is null)
            {
                _firstByEcho.Remove(echo);
            }
            else
            {
                first = exchange.SameEcho;
            }

            return;
        }

        for (var before = first; before is not null; before = before.SameEcho)
        {
            if (before.SameEcho == exchange)
            {
                before.SameEcho = exchange.SameEcho;
                return;
            }
        }
    }
}
