using System.Runtime.CompilerServices;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Idempotency;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>PostKey: posts one key part to one key server, under one reserved coin.</summary>
internal sealed class PostKeyCall(
    NetworkDirectory networks,
    CoinStore coinStore,
    CoinReserver reservations,
    RefusedCoins refusedCoins,
    IdempotentCalls idempotentCalls,
    ServerLinks links,
    RequestEncryptionFactory encryptions,
    IEntropySource entropy,
    IOptionsMonitor<CoinLimitOptions> limit)
{
    private const string Method = "rke.v1.RkeService/PostKey";

    // After this number of refused or overused coins, the call fails.
    private const int MaxCoins = 5;

    public Task<PostKeyResponse> RunAsync(PostKeyRequest request, CallScope scope) =>
        RunAsync(request, ValidatedPost.Parse(request, networks, entropy), scope);

    /// <summary>Posts a part of a session. If the post fails, no receiver gets the key id of the request.</summary>
    /// <param name="coinStart">Where the search for a free coin starts.</param>
    public Task<PostKeyResponse> RunForSessionAsync(PostKeyRequest request, uint coinStart, CallScope scope) => RunAsync(
        request,
        ValidatedPost.Parse(request, networks, entropy) with { IsKeyIdSecret = true, CoinStart = coinStart },
        scope);

    private Task<PostKeyResponse> RunAsync(PostKeyRequest request, ValidatedPost post, CallScope scope)
    {
        scope.Permit.Require(post.Network.Id, post.Coin);
        return request.IdempotencyKey.Length == 0 ? PostAsync(post, scope) : PostOnceAsync(request, post, scope);
    }

    private Task<PostKeyResponse> PostOnceAsync(PostKeyRequest request, ValidatedPost post, CallScope scope) =>
        idempotentCalls.RunAsync(
            new(Method, request.IdempotencyKey, request),
            PostKeyResponse.Parser,
            () => PostAsync(post, scope),
            stored => scope.Permit.Require(
                (ushort)stored.Network, new CoinId((sbyte)stored.Coin.Denomination, stored.Coin.SerialNumber)),
            scope);

    private async Task<PostKeyResponse> PostAsync(ValidatedPost post, CallScope scope)
    {
        var link = await links.ToServerAsync(post.Network, post.RaidaId, scope);
        var keyId = post.Network.Profile == WireProfile.Rke ? null : KeyIdUse.Make(entropy);
        try
        {
            return await PostAsync(post, keyId, link, scope);
        }
        finally
        {
            if (keyId is { IsMarked: true, IsKept: false })
            {
                await reservations.ReleaseKeyIdAsync(post, keyId.Ticket);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<PostKeyResponse> PostAsync(ValidatedPost post, KeyIdUse? keyId, ServerLink link, CallScope scope)
    {
        List<CoinReservation>? unusable = null;
        CallFailure? failure = null;
        while (unusable is null || unusable.Count < MaxCoins)
        {
            var grant = await reservations.ReserveAsync(post, keyId?.Ticket, scope);
            keyId?.OnAnswered(grant.Answer);
            if (grant.Answer != ReservationAnswer.Granted)
            {
                throw (failure ?? reservations.FailureOf(grant, post, scope)).ToException();
            }

            var (response, unusableCoin) = await PostUnderAsync(post, grant.Reservation, keyId, link, scope);
            if (response is not null)
            {
                if (unusable is not null)
                {
                    await OrphanAsync(unusable, post);
                }

                return response;
            }

            (unusable ??= []).Add(grant.Reservation);
            failure = unusableCoin ?? failure;
        }

        throw (failure ?? CoinFailures.None(post.Server)).ToException();
    }

    // Returns no response if the caller should try the next coin: the key server refused this coin or reported it as overused, or a
    // reload removed it.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(PostKeyResponse? Response, CallFailure? UnusableCoin)> PostUnderAsync(
        ValidatedPost post, CoinReservation reservation, KeyIdUse? keyId, ServerLink link, CallScope scope)
    {
        var outcome = PostOutcome.NotSent;
        try
        {
            if (coinStore.TryLease(post.Network.Id, reservation.Coin) is not { } acquired)
            {
                return (null, null);
            }

            using var lease = acquired;
            var encryption = await encryptions.CreateAsync(lease, post.RaidaId, scope.Cancellation);
            scope.Cancellation.ThrowIfCancellationRequested();

            // The bridge sends the first datagram of each exchange that it admits. This token is cancelled only after that, so a cancelled
            // exchange has always sent a datagram.
            using var stop = StopSource.Rent();
            var sending = SendAsync(post, reservation.Coin, link, encryption, scope.Deadline, stop.Token);
            outcome = post.UnknownOutcome;
            await using var cancellation = stop.StopWith(scope.Cancellation);
            using var exchange = await sending;
            outcome = OutcomeOf(exchange, post);
            if (ExchangeFailures.Of(exchange, WireCommand.PostKey, post.Network.Id) is not { } failure)
            {
                await refusedCoins.AcceptAsync(post.Server, reservation.Coin);
                return (ToResponse(post, reservation, exchange), null);
            }

            return (null, await ToUnusableCoinAsync(post, reservation, exchange, failure) ?? throw failure.ToException());
        }
        finally
        {
            if (outcome is not (PostOutcome.NotSent or PostOutcome.Refused))
            {
                keyId?.Keep();
            }

            await reservations.CompleteAsync(reservation, outcome);
        }
    }

    // Null if another coin would not help.
    private async ValueTask<CallFailure?> ToUnusableCoinAsync(
        ValidatedPost post, CoinReservation reservation, Exchange exchange, CallFailure failure)
    {
        if (ExchangeFailures.IsCoinRefused(exchange))
        {
            var rest = await refusedCoins.RefuseAsync(post.Server, reservation.Coin);
            return failure with { RetryAfter = rest };
        }

        if (exchange.Outcome != ExchangeOutcome.Answered)
        {
            return null;
        }

        await refusedCoins.AcceptAsync(post.Server, reservation.Coin);
        if (exchange.Status != WireStatus.CoinOverused)
        {
            return null;
        }

        await reservations.StartCooldownAsync(reservation, limit.CurrentValue.Rest);
        return failure.WithCooldown(post.Server, reservation.Coin, limit.CurrentValue.Rest);
    }

    // An unsigned refusal may be forged, so the server may have stored the part under the coin too. That copy need not be kept.
    private async ValueTask OrphanAsync(List<CoinReservation> unusable, ValidatedPost post)
    {
        if (post.UnknownOutcome == PostOutcome.Unknown)
        {
            foreach (var reservation in unusable)
            {
                await reservations.CompleteAsync(reservation, PostOutcome.Orphaned);
            }
        }
    }

    // Not async: the payload lives on the stack and is encoded before this returns.
    private ValueTask<Exchange> SendAsync(
        ValidatedPost post,
        CoinId sender,
        ServerLink link,
        RequestEncryption encryption,
        MonotonicTime deadline,
        CancellationToken cancellationToken)
    {
        Span<byte> padding = stackalloc byte[ProfileRules.PaddingLength];
        entropy.Fill(padding);
        return PostKeyPayload.TryCreate(
            post.Network.Profile,
            post.KeyId,
            sender,
            post.KeyStart,
            post.KeyPart.Span,
            padding,
            out var payload,
            out var error)
            ? link.SendAsync(payload, encryption, ResponseIv.Same, deadline, cancellationToken)
            : throw new InvalidOperationException($"A validated post cannot be encoded: {error}.");
    }

    // A datagram that was sent can reach the server, also if the network reports that another datagram did not.
    private static PostOutcome OutcomeOf(Exchange exchange, ValidatedPost post) => exchange switch
    {
        { Outcome: ExchangeOutcome.Answered, Status: WireStatus.Success } => PostOutcome.Stored,
        { Outcome: ExchangeOutcome.Answered } => PostOutcome.Refused,
        { IsUndelivered: true } => PostOutcome.NotSent,
        _ => post.UnknownOutcome,
    };

    private static PostKeyResponse ToResponse(ValidatedPost post, in CoinReservation reservation, Exchange exchange) => new()
    {
        KeyId = post.KeyId.ToMessage(),
        KeyIdHash = post.Hash.ToMessage(),
        Network = post.Network.Id,
        RaidaId = post.RaidaId,
        Server = exchange.Server.ToMessage(),
        Coin = reservation.Coin.ToMessage(),
        ExecutionTime = Duration.FromTimeSpan(exchange.ExecutionTime),
        ExpireTime = Timestamp.FromDateTimeOffset(reservation.ExpiresAt),
    };
}

/// <summary>The use of the key id of a post on a raidax server.</summary>
/// <param name="ticket">A random number. Another post cannot end the use.</param>
internal sealed class KeyIdUse(ulong ticket)
{
    public static KeyIdUse Make(IEntropySource entropy)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        entropy.Fill(bytes);
        return new(BitConverter.ToUInt64(bytes));
    }

    public ulong Ticket => ticket;

    /// <summary>Whether the key id is marked as used, or may be.</summary>
    public bool IsMarked { get; private set; }

    /// <summary>Whether the server stored the part, or may have stored it. Then the id stays used.</summary>
    public bool IsKept { get; private set; }

    public void OnAnswered(ReservationAnswer answer) =>
        IsMarked |= answer is ReservationAnswer.Granted or ReservationAnswer.Unavailable;

    public void Keep() => IsKept = true;
}
