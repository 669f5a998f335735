using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.Gateway.Services;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>
/// Finds out which RAIDA id a key server has that is allowed as a target and not configured: only the right number
/// answers an Echo. Asked once an address.
/// </summary>
internal sealed class RaidaFinder(ServerLinks links)
{
    private const int MostKnown = 4096;

    // The deployed servers listen on 50000 + their number.
    private const int UsualFirstPort = 50_000;

    private readonly ConcurrentDictionary<(ushort Network, IPEndPoint EndPoint), byte> _known = new();

    public async ValueTask<ServerLink> FindAsync(Network network, IPEndPoint endPoint, CallScope scope)
    {
        var key = (network.Id, endPoint);
        if (!_known.TryGetValue(key, out var raidaId))
        {
            raidaId = await AskAsync(network, endPoint, scope);
            if (_known.Count >= MostKnown)
            {
                _known.Clear();
            }

            _known[key] = raidaId;
        }

        return links.To(network, raidaId, endPoint);
    }

    private async Task<byte> AskAsync(Network network, IPEndPoint endPoint, CallScope scope)
    {
        var guess = endPoint.Port - UsualFirstPort;
        if (guess is >= 0 and < CoinKeys.ServerCount
            && await EchoAsync(network, (byte)guess, endPoint, scope) == ExchangeOutcome.Answered)
        {
            return (byte)guess;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(scope.Cancellation);
        var asking = Enumerable.Range(0, CoinKeys.ServerCount).Where(number => number != guess).ToDictionary(
            number => EchoAsync(network, (byte)number, endPoint, scope with { Cancellation = stop.Token }),
            number => (byte)number);
        var isUnreachable = true;
        try
        {
            await foreach (var asked in Task.WhenEach(asking.Keys))
            {
                var outcome = await asked;
                if (outcome == ExchangeOutcome.Answered)
                {
                    return asking[asked];
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
        using var exchange = await link.SendAsync(
            new EchoPayload(), seal: null, ResponseIv.Same, scope.Deadline, scope.Cancellation);
        return exchange is { Outcome: ExchangeOutcome.Answered, Status: not WireStatus.Success }
            ? ExchangeOutcome.Hinted
            : exchange.Outcome;
    }

    private static CallFailure NotFound(Network network, bool isUnreachable) => isUnreachable
        ? new(StatusCode.Unavailable, Reason.RaidaUnreachable, "The endpoint cannot be reached.") { Network = network.Id }
        : new(StatusCode.DeadlineExceeded, Reason.RaidaTimeout, "No key server of that network answers at the endpoint.")
        {
            Network = network.Id,
        };
}
