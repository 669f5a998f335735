using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.KeyServers;

/// <summary>
/// Finds the RAIDA id of a key server that is allowed as a target but not configured. It sends an Echo under each id: a
/// server answers only its own. The result is cached for each address.
/// </summary>
internal sealed class ServerDiscovery(ServerLinks links, TimeProvider timeProvider) : IDisposable
{
    private const int MaxKnown = 4096;

    // Deployed servers listen on port 50000 + RAIDA id. Try this id first.
    private const int DefaultFirstPort = 50_000;

    // Each probe uses a link for each RAIDA id. Links of signalling services must remain.
    private const int MaxProbes = 4;

    private readonly SemaphoreSlim _probes = new(MaxProbes);
    private readonly ConcurrentDictionary<(ushort Network, IPEndPoint EndPoint), byte> _known = new();

    public async ValueTask<ServerLink> FindAsync(Network network, IPEndPoint endPoint, CallScope scope)
    {
        var key = (network.Id, endPoint);
        if (!_known.TryGetValue(key, out var raidaId))
        {
            raidaId = await ProbeInTurnAsync(network, endPoint, scope);
        }

        return links.To(network, raidaId, endPoint);
    }

    /// <summary>Forgets the RAIDA id at an endpoint, because the server there reported that it is wrong.</summary>
    public void Forget(ushort network, IPEndPoint endPoint) => _known.TryRemove((network, endPoint), out _);

    public void Dispose() => _probes.Dispose();

    private async Task<byte> ProbeInTurnAsync(Network network, IPEndPoint endPoint, CallScope scope)
    {
        var left = scope.Deadline - MonotonicTime.Now(timeProvider);
        if (left <= TimeSpan.Zero || !await _probes.WaitAsync(left, scope.Cancellation))
        {
            throw NotFound(network, isUnreachable: false).ToException();
        }

        try
        {
            // Another call can have found it meanwhile.
            var key = (network.Id, endPoint);
            if (MonotonicTime.Now(timeProvider) >= scope.Deadline)
            {
                throw NotFound(network, isUnreachable: false).ToException();
            }

            if (!_known.TryGetValue(key, out var raidaId))
            {
                raidaId = await ProbeAsync(network, endPoint, scope);
                if (_known.Count >= MaxKnown)
                {
                    _known.Clear();
                }

                _known[key] = raidaId;
            }

            return raidaId;
        }
        finally
        {
            _probes.Release();
        }
    }

    private async Task<byte> ProbeAsync(Network network, IPEndPoint endPoint, CallScope scope)
    {
        var guess = endPoint.Port - DefaultFirstPort;
        if (guess is >= 0 and < RaidaNetwork.ServerCount
            && await EchoAsync(network, (byte)guess, endPoint, scope) == ExchangeOutcome.Answered)
        {
            return (byte)guess;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(scope.Cancellation);
        var echoes = Enumerable.Range(0, RaidaNetwork.ServerCount).Where(number => number != guess).ToDictionary(
            number => EchoAsync(network, (byte)number, endPoint, scope with { Cancellation = stop.Token }),
            number => (byte)number);
        var isUnreachable = true;
        try
        {
            await foreach (var echo in Task.WhenEach(echoes.Keys))
            {
                var outcome = await echo;
                if (outcome == ExchangeOutcome.Answered)
                {
                    return echoes[echo];
                }

                isUnreachable &= outcome == ExchangeOutcome.Unreachable;
            }
        }
        finally
        {
            await stop.CancelAsync();
        }

        throw NotFound(network, isUnreachable).ToException();
    }

    private async Task<ExchangeOutcome> EchoAsync(Network network, byte raidaId, IPEndPoint endPoint, CallScope scope)
    {
        var link = links.To(network, raidaId, endPoint);
        using var exchange = await ServerEcho.SendAsync(link, scope.Deadline, scope.Cancellation);
        return exchange is { Outcome: ExchangeOutcome.Answered, Status: not WireStatus.Success }
            ? ExchangeOutcome.Hinted
            : exchange.Outcome;
    }

    private static CallFailure NotFound(Network network, bool isUnreachable) => isUnreachable
        ? new(StatusCode.Unavailable, Reason.RaidaUnreachable, "The endpoint is unreachable.") { Network = network.Id }
        : new(
            StatusCode.DeadlineExceeded,
            Reason.RaidaTimeout,
            "No key server of the network answered at the endpoint. Check its address and network.")
        {
            Network = network.Id,
        };
}
