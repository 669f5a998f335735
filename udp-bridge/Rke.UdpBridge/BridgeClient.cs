using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Rke.UdpBridge.Transports;

namespace Rke.UdpBridge;

/// <summary>
/// Sends requests to servers over UDP and returns their responses. It keeps a link to every configured server, and a
/// limited number of links to other servers.
/// </summary>
public sealed class BridgeClient : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ServerAddress, ServerLink> _links = [];
    private readonly BridgeContext _context;
    private readonly BridgeMeter _meter;
    private readonly ITimer _idleTimer;
    private bool _isClosed;

    /// <exception cref="ArgumentException">
    /// An option is invalid. The message names the option and the valid values.
    /// </exception>
    public BridgeClient(
        UdpBridgeOptions options,
        TimeProvider time,
        IEntropySource entropy,
        ILogger<BridgeClient> logger,
        IMeterFactory? meters = null)
        : this(options, time, entropy, logger, meters, TransportSelection.Open(options, logger))
    {
    }

    internal BridgeClient(
        UdpBridgeOptions options,
        TimeProvider time,
        IEntropySource entropy,
        ILogger<BridgeClient> logger,
        IMeterFactory? meters,
        IDatagramTransport transport,
        Action<IThreadPoolWorkItem>? schedule = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = string.Join(' ', options.Problems());
        if (problems.Length > 0)
        {
            throw new ArgumentException(problems, nameof(options));
        }

        _meter = new(() => Links.Where(static link => link.IsConfigured), meters);
        _context = new(this, options with { }, time, entropy, transport, logger, _meter, schedule ?? Schedule);
        _idleTimer = _context.CreateTimer(static state => ((BridgeClient)state!).RemoveIdle(), this);
        _idleTimer.Change(options.OtherServerIdleTime / 2, options.OtherServerIdleTime / 2);
    }

    /// <summary>The links to all servers that the bridge has in its table.</summary>
    public IReadOnlyCollection<ServerLink> Links
    {
        get
        {
            lock (_gate)
            {
                return [.. _links.Values];
            }
        }
    }

    /// <summary>
    /// Returns the link to a server, and creates it if necessary. The bridge closes links to servers that are not
    /// configured after some idle time, and limits their number. A link that was closed meanwhile still works. If the
    /// limit is reached and all links have exchanges in flight, requests over a new link end as Overloaded.
    /// </summary>
    public ServerLink Link(ServerAddress address)
    {
        lock (_gate)
        {
            if (_links.TryGetValue(address, out var link))
            {
                return link;
            }

            link = new(_context, address);
            Add(link);
            return link;
        }
    }

    /// <summary>
    /// Sets the configured servers. The bridge keeps their links open, and sends probes to a server that does not
    /// respond. A server that is not configured any more keeps its exchanges in flight. The bridge removes its link
    /// when the link is idle.
    /// </summary>
    /// <returns>The links to the servers, in the given order.</returns>
    public IReadOnlyList<ServerLink> Configure(IEnumerable<ServerAddress> servers)
    {
        List<ServerLink> configured = [];
        lock (_gate)
        {
            foreach (var address in servers)
            {
                if (!_links.TryGetValue(address, out var link))
                {
                    link = new(_context, address);
                    link.SetState(_isClosed ? LinkState.Closed : LinkState.Active);
                    _links.Add(address, link);
                }

                configured.Add(link);
            }

            foreach (var link in _links.Values)
            {
                link.SetConfigured(configured.Contains(link));
            }
        }

        Log.Configured(_context.Logger, configured.Count);
        return configured;
    }

    /// <summary>Ends every exchange in flight as Closed.</summary>
    public async ValueTask DisposeAsync()
    {
        ServerLink[] links;
        lock (_gate)
        {
            _isClosed = true;
            links = [.. _links.Values];
        }

        foreach (var link in links)
        {
            link.Close();
        }

        _meter.Dispose();
        await _idleTimer.DisposeAsync();
        await _context.Transport.DisposeAsync();
    }

    /// <summary>
    /// Returns the link to use instead of a link that was removed: the new link to the same server, or the same link
    /// after it is added again. Null if there is no room.
    /// </summary>
    internal ServerLink? AddAgain(ServerLink link)
    {
        lock (_gate)
        {
            return _links.TryGetValue(link.Address, out var present) ? present
                : Add(link) ? link
                : null;
        }
    }

    private static void Schedule(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);

    private bool Add(ServerLink link)
    {
        if (_isClosed)
        {
            link.SetState(LinkState.Closed);
            return true;
        }

        if (!HasRoom())
        {
            link.SetState(LinkState.Inactive);
            return false;
        }

        link.SetState(LinkState.Active);
        _links.Add(link.Address, link);
        return true;
    }

    /// <summary>
    /// Returns true if there is room for one more server. Removes the link that was unused for the longest time if
    /// necessary.
    /// </summary>
    private bool HasRoom()
    {
        var others = _links.Values.Where(static link => !link.IsConfigured).ToList();
        return others.Count < _context.Options.MaxOtherServers
            || others.OrderBy(static link => link.LastUsed).Any(link => TryRemove(link, TimeSpan.MaxValue));
    }

    private void RemoveIdle()
    {
        var unusedSince = _context.Now - _context.Options.OtherServerIdleTime;
        lock (_gate)
        {
            foreach (var link in _links.Values.ToArray())
            {
                TryRemove(link, unusedSince);
            }
        }
    }

    private bool TryRemove(ServerLink link, TimeSpan unusedSince) =>
        link.TryDeactivate(unusedSince) && _links.Remove(link.Address);
}
