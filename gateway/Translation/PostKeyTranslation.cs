using Google.Protobuf.WellKnownTypes;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.Gateway.Reload;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>PostKey: one part, one coin, one exchange with a key server.</summary>
internal sealed class PostKeyTranslation(
    NetworkDirectory networks,
    CoinShelf shelf,
    CoinReservations reservations,
    OnceOnly onceOnly,
    ServerLinks links,
    Seals seals,
    IEntropySource entropy,
    LiveSettings live)
{
    // A key server that finds three coins overused has its own reasons.
    private const int MostCoins = 3;

    public Task<PostKeyResponse> RunAsync(PostKeyRequest request, CallScope scope)
    {
        var order = PostKeyOrder.Parse(request, networks, entropy);
        scope.Permit.Require(order.Network.Id, order.Coin);
        return request.IdempotencyKey.Length == 0 ? PostAsync(order, scope) : PostOnceAsync(request, order, scope);
    }

    private Task<PostKeyResponse> PostOnceAsync(PostKeyRequest request, PostKeyOrder order, CallScope scope) =>
        onceOnly.RunAsync(
            request.IdempotencyKey, request, PostKeyResponse.Parser, () => PostAsync(order, scope), scope);

    private async Task<PostKeyResponse> PostAsync(PostKeyOrder order, CallScope scope)
    {
        var link = await links.ToServerAsync(order.Network, order.RaidaId, scope);
        CallFailure? overused = null;
        for (var coins = 0; coins < MostCoins; coins++)
        {
            var grant = await reservations.ReserveAsync(order, scope);
            if (grant.Answer != CoinAnswer.Granted)
            {
                throw (overused ?? CoinFailures.Of(grant, order.Server, order.Coin)).ToException();
            }

            (var response, overused) = await PostUnderAsync(order, grant.Reservation, link, scope);
            if (response is not null)
            {
                return response;
            }
        }

        throw (overused ?? CoinFailures.None(order.Server)).ToException();
    }

    // A response; or none, where the key server calls this coin overused, or its key left the folder since it was
    // chosen: then another one may do.
    private async Task<(PostKeyResponse? Response, CallFailure? Overused)> PostUnderAsync(
        PostKeyOrder order, CoinReservation reservation, ServerLink link, CallScope scope)
    {
        var outcome = PostOutcome.NotSent;
        try
        {
            if (shelf.Use(order.Network.Id, reservation.Coin) is not { } user)
            {
                return (null, null);
            }

            using var use = user;
            var seal = await seals.MakeAsync(user, order.RaidaId, scope.Cancellation);
            outcome = PostOutcome.Unknown;
            using var exchange = await SendAsync(order, link, seal, scope);
            outcome = OutcomeOf(exchange);
            if (ExchangeFailures.Of(exchange, WireCommand.PostKey, order.Network.Id) is not { } failure)
            {
                return (ToResponse(order, reservation, exchange), null);
            }

            if (exchange is not { Outcome: ExchangeOutcome.Answered, Status: WireStatus.CoinOverused })
            {
                throw failure.ToException();
            }

            await reservations.RestAsync(reservation, live.CoinLimit.Rest);
            return (null, failure.Resting(order.Server, reservation.Coin, live.CoinLimit.Rest));
        }
        finally
        {
            await reservations.CompleteAsync(reservation, outcome);
        }
    }

    // Not async: the payload lives on the stack and is encoded before this returns.
    private ValueTask<Exchange> SendAsync(PostKeyOrder order, ServerLink link, RequestSeal seal, CallScope scope)
    {
        Span<byte> padding = stackalloc byte[ProfileRules.PaddingLength];
        entropy.Fill(padding);
        return PostKeyPayload.TryCreate(
            order.Network.Profile, order.KeyId, order.KeyStart, order.KeyPart.Span, padding, out var payload, out var error)
            ? link.SendAsync(payload, seal, ResponseIv.Same, scope.Deadline, scope.Cancellation)
            : throw new InvalidOperationException($"An order that was parsed cannot be sent: {error}.");
    }

    /// <summary>What an exchange says about the part's whereabouts.</summary>
    public static PostOutcome OutcomeOf(Exchange exchange) => exchange.Outcome switch
    {
        ExchangeOutcome.Answered => exchange.Status == WireStatus.Success ? PostOutcome.Stored : PostOutcome.Refused,
        ExchangeOutcome.BreakerOpen or ExchangeOutcome.Overloaded => PostOutcome.NotSent,

        // The only datagram met a closed port: nobody can have stored it.
        ExchangeOutcome.Unreachable or ExchangeOutcome.SendFailed when exchange.Attempts <= 1 => PostOutcome.NotSent,
        _ => PostOutcome.Unknown,
    };

    private static PostKeyResponse ToResponse(PostKeyOrder order, in CoinReservation reservation, Exchange exchange) => new()
    {
        KeyId = order.KeyId.ToMessage(),
        KeyIdHash = order.Hash.ToMessage(),
        Network = order.Network.Id,
        RaidaId = order.RaidaId,
        Server = exchange.Server.ToMessage(),
        Coin = reservation.Coin.ToMessage(),
        ExecutionTime = Duration.FromTimeSpan(exchange.ExecutionTime),
        ExpireTime = Timestamp.FromDateTimeOffset(reservation.ExpiresAt),
    };
}
