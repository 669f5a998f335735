using System.Collections.Concurrent;
using Rke.Gateway.Configuration;
using Rke.Gateway.Networks;
using Rke.Gateway.Services;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>
/// Where each key server's replies start their keystream (docs/WIRE.md §6): as configured, or learned once a server,
/// before the first reply that carries a key is read.
/// </summary>
internal sealed class ResponseIvs(ResponseIvCanary canary, TimeProvider timeProvider)
{
    private const int MostKnown = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ServerAddress, Lazy<Task<ResponseIv>>> _learned = new();

    public ValueTask<ResponseIv> FindAsync(Network network, ServerLink link, CallScope scope) =>
        (network.Profile, network.ResponseIv) switch
        {
            (WireProfile.Rke, _) or (_, ResponseIvChoice.Same) => new(ResponseIv.Same),
            (_, ResponseIvChoice.Continued) => new(ResponseIv.Continued),
            _ => LearnAsync(network, link, scope),
        };

    // One canary a server, however many calls want to know; it does not end with the call that sent it.
    private async ValueTask<ResponseIv> LearnAsync(Network network, ServerLink link, CallScope scope)
    {
        if (_learned.Count >= MostKnown)
        {
            _learned.Clear();
        }

        var learning = _learned.GetOrAdd(link.Address, _ => new(() => canary.SendAsync(
            network, link, new(timeProvider.GetUtcNow() + Patience, CancellationToken.None))));
        try
        {
            var left = scope.Deadline - timeProvider.GetUtcNow();
            return await learning.Value.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, timeProvider, scope.Cancellation);
        }
        catch (TimeoutException)
        {
            throw ResponseIvCanary.TimedOut(link.Address).ToException();
        }
        catch when (learning.Value.IsFaulted)
        {
            _learned.TryRemove(new(link.Address, learning));
            throw;
        }
    }
}
