using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Rke.UdpBridge;

/// <summary>
/// Gets datagrams to servers and their answers back. It keeps a link to every configured server, and a bounded number
/// of links to other ones.
/// </summary>
public sealed class UdpBridge : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ServerAddress, ServerLink> _links = [];
    private readonly BridgeContext _context;
    private readonly BridgeMeter _meter;
    private readonly ITimer _sweep;
    private bool _isClosed;

    /// <exception cref="ArgumentException">An option is wrong; the message names it and the fix.</exception>
    public UdpBridge(
        UdpBridgeOptions options,
        TimeProvider time,
        IEntropySource entropy,
        ILogger<UdpBridge> logger,
        IMeterFactory? meters = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = string.Join(' ', options.Problems());
        if (problems.Length > 0)
        {
            throw new ArgumentException(problems, nameof(options));
        }

        _meter = new(() => Links.Where(static link => link.IsConfigured), meters);
        _context = new(this, options with { }, time, entropy, logger, _meter);
        _sweep = _context.CreateTimer(static state => ((UdpBridge)state!).Sweep(), this);
        _sweep.Change(options.OtherServerIdleTime / 2, options.OtherServerIdleTime / 2);
    }

    /// <summary>Every server that is known now.</summary>
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
    /// The way to a server: the one there is, or a new one. Links to servers that are not configured are closed after
    /// some idle time and bounded in number; a link that was closed meanwhile still works. Where the bound is reached
    /// and all of them are busy, requests through the new one end as Overloaded.
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
            List(link);
            return link;
        }
    }

    /// <summary>
    /// Says which servers are configured, in place of those before. Their links are kept open and probed when silent.
    /// One that is no longer configured finishes what is in flight and is forgotten when idle.
    /// </summary>
    /// <returns>Their links, in the given order.</returns>
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
                    link.Relist(_isClosed ? LinkState.Closed : LinkState.Listed);
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
    public ValueTask DisposeAsync()
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
        return _sweep.DisposeAsync();
    }

    /// <summary>
    /// The present link in place of one that was retired: itself again, where there is room; null where there is none.
    /// </summary>
    internal ServerLink? Restore(ServerLink link)
    {
        lock (_gate)
        {
            return _links.TryGetValue(link.Address, out var present) ? present
                : List(link) ? link
                : null;
        }
    }

    private bool List(ServerLink link)
    {
        if (_isClosed)
        {
            link.Relist(LinkState.Closed);
            return true;
        }

        if (!HasRoom())
        {
            link.Relist(LinkState.Retired);
            return false;
        }

        link.Relist(LinkState.Listed);
        _links.Add(link.Address, link);
        return true;
    }

    /// <summary>
    /// Whether there is room for one more server, if need be in place of the one that was unused longest.
    /// </summary>
    private bool HasRoom()
    {
        var others = _links.Values.Where(static link => !link.IsConfigured).ToList();
        return others.Count < _context.Options.MaxOtherServers
            || others.OrderBy(static link => link.LastUsed).Any(link => TryForget(link, TimeSpan.MaxValue));
    }

    private void Sweep()
    {
        var unusedSince = _context.Now - _context.Options.OtherServerIdleTime;
        lock (_gate)
        {
            foreach (var link in _links.Values.ToArray())
            {
                TryForget(link, unusedSince);
            }
        }
    }

    private bool TryForget(ServerLink link, TimeSpan unusedSince) =>
        link.TryRetire(unusedSince) && _links.Remove(link.Address);
}
