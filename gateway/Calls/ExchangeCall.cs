using System.Net;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.Gateway.Targets;
using Rke.UdpBridge;
using Rke.UdpBridge.Streams;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>
/// Exchange Keys: sends the RAIDA coordinates of key parts to a receiver over TCP, and returns which of them it collected, or that it uses
/// the key of an earlier exchange (docs/WIRE.md §10).
/// </summary>
internal sealed class ExchangeCall(
    NetworkDirectory networks, StreamClient client, SignalTargetFinder targets, ICoinState state, IEntropySource entropy)
{
    private const int MaxAttempts = 3;

    private static readonly TimeSpan RetryLater = TimeSpan.FromSeconds(1);

    /// <param name="target">The receiver, without parts.</param>
    /// <param name="cacheableId">CI.</param>
    /// <param name="slots">The parts, in the order of the key. Without parts, the receiver can only use the key that it has under CI.</param>
    /// <param name="scope">The deadline.</param>
    public async Task<ExchangeResult> RunAsync(
        SignalRequest target, CacheableKeyId cacheableId, KeySlot[] slots, CallScope scope)
    {
        StreamException? unreachable = null;
        SignalService? service = null;
        await foreach (var each in targets.FindAsync(target, scope))
        {
            service = each.Service;
            var server = new ServerAddress(WireProfile.Rke, networks.Default.Id, 0, each.EndPoint);
            try
            {
                var connection = await client.ConnectAsync(server, tls: null, scope.Deadline, scope.Cancellation);
                return await ExchangeAsync(connection, service, cacheableId, slots, scope);
            }
            catch (StreamException exception) when (exception.Problem == StreamProblem.Unreachable)
            {
                // A service may have several addresses.
                unreachable = exception;
            }
            catch (StreamException exception)
            {
                throw FailureOf(exception, service).ToException();
            }
        }

        throw FailureOf(unreachable!, service!).ToException();
    }

    private static StreamRequest Encode(StreamConnection connection, CacheableKeyId cacheableId, KeySlot[] slots) =>
        ExchangeKeysPayload.TryCreate(cacheableId, slots, out var payload, out var error)
            ? connection.Encode(payload)
            : throw new InvalidOperationException($"A valid Exchange Keys cannot be encoded: {error}.");

    // A receiver answers the same bytes in the same way, so the request can be repeated when a connection breaks.
    private async Task<ExchangeResult> ExchangeAsync(
        StreamConnection connection, SignalService service, CacheableKeyId cacheableId, KeySlot[] slots, CallScope scope)
    {
        using var request = Encode(connection, cacheableId, slots);
        for (var attempt = 1; ; attempt++)
        {
            await using var current = connection;
            try
            {
                using var response = await current.SendAsync(request, scope.Deadline, scope.Cancellation);
                return Read(response, request, slots, current.Server.EndPoint, service);
            }
            catch (StreamException exception) when (exception.Problem == StreamProblem.Unreachable && attempt < MaxAttempts)
            {
                connection = await ConnectAgainAsync(current.Server, service, scope);
            }
            catch (StreamException exception) when (exception.Problem == StreamProblem.Unreachable)
            {
                // The receiver may have collected the parts.
                throw Unanswered(service).ToException();
            }
        }
    }

    private async Task<StreamConnection> ConnectAgainAsync(ServerAddress server, SignalService service, CallScope scope)
    {
        try
        {
            return await client.ConnectAsync(server, tls: null, scope.Deadline, scope.Cancellation);
        }
        catch (StreamException)
        {
            // The receiver may have collected the parts.
            throw Unanswered(service).ToException();
        }
    }

    private ExchangeResult Read(
        StreamResponse response, StreamRequest request, KeySlot[] slots, IPEndPoint endPoint, SignalService service)
    {
        var used = response.Status switch
        {
            WireStatus.Success => (ushort)((1 << slots.Length) - 1),
            WireStatus.KeysPartlyCollected when ExchangeKeysAnswer.TryRead(response.Payload, slots.Length, out var answer, out _) =>
                answer.Used,
            WireStatus.Failed or WireStatus.KeyResumed => (ushort)0,
            WireStatus.Offline => throw new CallFailure(
                StatusCode.Unavailable, Reason.RaidaOffline, $"{service.Words} is temporarily offline. Retry later.")
            {
                RetryAfter = RetryLater,
                RaidaStatus = response.StatusByte,
                Signal = service,
            }.ToException(),
            _ => throw new CallFailure(
                StatusCode.Internal, Reason.RaidaFailed, $"{service.Words} refused the Exchange Keys.")
            {
                RaidaStatus = response.StatusByte,
                Signal = service,
            }.ToException(),
        };
        for (var index = 0; index < slots.Length; index++)
        {
            if ((used & (1 << index)) != 0)
            {
                Free(slots[index]);
            }
        }

        return new(used, response.Status == WireStatus.KeyResumed, request.Challenge, endPoint);
    }

    // The receiver has read the part, so its coin is free. The caller does not wait for this.
    private void Free(KeySlot slot)
    {
        if (networks.Find(slot.Network) is { PartsOccupyCoins: true } network)
        {
            _ = state.FreeAsync(network[slot.RaidaId], slot.KeyId.Hash(), coin: null).AsTask();
        }
    }

    /// <summary>A new cacheable key id.</summary>
    public CacheableKeyId CreateId()
    {
        Span<byte> bytes = stackalloc byte[CacheableKeyId.Length];
        entropy.Fill(bytes);
        return CacheableKeyId.Read(bytes);
    }

    private static CallFailure FailureOf(StreamException exception, SignalService service) => exception.Problem switch
    {
        StreamProblem.TimedOut => Unanswered(service),
        StreamProblem.Unreachable => new(
            StatusCode.Unavailable, Reason.RaidaUnreachable, $"{service.Words} accepts no TCP connection for Exchange Keys.")
        {
            RetryAfter = RetryLater,
            Signal = service,
        },
        _ => new(StatusCode.Internal, Reason.RaidaFailed, $"{service.Words} sent an unreadable reply ({exception.Message}).")
        {
            Signal = service,
        },
    };

    private static CallFailure Unanswered(SignalService service) => new(
        StatusCode.DeadlineExceeded, Reason.RaidaTimeout, $"{service.Words} did not answer within the deadline.")
    {
        Signal = service,
    };
}

/// <summary>The response of a receiver to Exchange Keys.</summary>
/// <param name="Used">Bit n is set if the receiver collected part n.</param>
/// <param name="IsResumed">The receiver uses the key of an earlier exchange.</param>
/// <param name="Challenge">The challenge of the request.</param>
/// <param name="EndPoint">The signalling service that answered.</param>
internal readonly record struct ExchangeResult(ushort Used, bool IsResumed, Challenge Challenge, IPEndPoint EndPoint);
