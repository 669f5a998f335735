using Grpc.Core;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.Gateway.Reload;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>
/// Learns a key server's response IV: posts a random key part to itself, gets it back, and sees under which IV it is
/// the same (docs/WIRE.md §6). A reply that fits neither is refused.
/// </summary>
internal sealed class ResponseIvCanary(
    CoinShelf shelf, ICoinState state, LiveSettings live, Seals seals, IEntropySource entropy)
{
    /// <summary>Posts a canary and gets it back.</summary>
    public async Task<Canary> PostAsync(Network network, ServerLink link, CallScope scope)
    {
        var bytes = new byte[KeyId.Length + Canary.PartLength];
        entropy.Fill(bytes);
        var keyId = KeyId.Read(bytes);
        var canary = new Canary(ResponseIv.Same, keyId.Hash(), bytes[KeyId.Length..]);
        while (!await TryPostAsync(network, link, keyId, canary, scope))
        {
            // The coin's key left the folder since it was chosen: the next one is of those that stay.
        }

        return await GetAsync(network, link, canary, scope) ?? throw Lost(link.Address).ToException();
    }

    /// <summary>Gets a canary that was posted before; null when the server does not have it any more.</summary>
    public async Task<Canary?> GetAsync(Network network, ServerLink link, Canary canary, CallScope scope)
    {
        var server = network[link.Address.RaidaId];
        using var user = shelf.UseAny(network.Id) ?? throw CoinFailures.None(server).ToException();
        var seal = await seals.MakeAsync(user, server.RaidaId, scope.Cancellation);
        using var got = await link.SendAsync(
            new GetKeyPayload(canary.Hash), seal, ResponseIv.Same, scope.Deadline, scope.Cancellation);
        if (got is { Outcome: ExchangeOutcome.Answered, Status: WireStatus.KeyNotFound })
        {
            return null;
        }

        ThrowIfFailed(got, WireCommand.GetKey, network);
        foreach (var iv in Enum.GetValues<ResponseIv>())
        {
            if (canary.IsIn(network.Profile, got.Open(iv)))
            {
                return canary with { Iv = iv };
            }
        }

        throw NeitherFits(link.Address).ToException();
    }

    public static CallFailure TimedOut(ServerAddress address) => new(
        StatusCode.DeadlineExceeded,
        Reason.RaidaTimeout,
        $"How key server {address.RaidaId} encrypts its replies could not be learned within the deadline.")
    {
        Network = address.Network,
        RaidaId = address.RaidaId,
    };

    // The canary is a post like any other: its coin's use counts.
    private async Task<bool> TryPostAsync(Network network, ServerLink link, KeyId keyId, Canary canary, CallScope scope)
    {
        var server = network[link.Address.RaidaId];
        var reservation = await ReserveAsync(network, server, canary, scope);
        var outcome = PostOutcome.NotSent;
        try
        {
            if (shelf.Use(network.Id, reservation.Coin) is not { } user)
            {
                return false;
            }

            using var use = user;
            var seal = await seals.MakeAsync(user, server.RaidaId, scope.Cancellation);
            outcome = PostOutcome.Unknown;
            using var posted = await SendAsync(link, keyId, canary, seal, scope);
            outcome = PostKeyTranslation.OutcomeOf(posted);
            if (posted is { Outcome: ExchangeOutcome.Answered, Status: WireStatus.CoinOverused })
            {
                await state.RestAsync(server, reservation.Coin, live.CoinLimit.Rest);
            }

            ThrowIfFailed(posted, WireCommand.PostKey, network);
            return true;
        }
        finally
        {
            await state.CompleteAsync(reservation, outcome);
        }
    }

    private async Task<CoinReservation> ReserveAsync(
        Network network, ServerNumber server, Canary canary, CallScope scope)
    {
        var ids = shelf.Of(network.Id).Ids;
        if (ids.Count == 0)
        {
            throw CoinFailures.None(server).ToException();
        }

        var request = new CoinRequest(
            server,
            ids,
            shelf.Turn(ids.Count),
            canary.Hash.ToPart(),
            network.PartsOccupyCoins,
            network.KeyLifetime,
            live.CoinLimit.ToLimit());
        var grant = await state.ReserveAsync(request, scope.Cancellation);
        return grant.Answer == CoinAnswer.Granted
            ? grant.Reservation
            : throw CoinFailures.Of(grant, server, named: null).ToException();
    }

    // Not async: the payload lives on the stack and is encoded before this returns.
    private ValueTask<Exchange> SendAsync(
        ServerLink link, KeyId keyId, Canary canary, RequestSeal seal, CallScope scope)
    {
        Span<byte> padding = stackalloc byte[ProfileRules.PaddingLength];
        entropy.Fill(padding);
        return PostKeyPayload.TryCreate(
            link.Address.Profile, keyId, 0, canary.Part, padding, out var payload, out var error)
            ? link.SendAsync(payload, seal, ResponseIv.Same, scope.Deadline, scope.Cancellation)
            : throw new InvalidOperationException($"The canary cannot be sent: {error}.");
    }

    private static void ThrowIfFailed(Exchange exchange, WireCommand command, Network network)
    {
        if (ExchangeFailures.Of(exchange, command, network.Id) is { } failure)
        {
            throw failure.ToException();
        }
    }

    private static CallFailure NeitherFits(ServerAddress address) => Failed(
        address, $"Key server {address.RaidaId} encrypts its replies in no way that this gateway knows.");

    private static CallFailure Lost(ServerAddress address) => Failed(
        address, $"Key server {address.RaidaId} does not give back what was posted to learn how it encrypts.");

    private static CallFailure Failed(ServerAddress address, string message) =>
        new(StatusCode.Internal, Reason.RaidaFailed, message) { Network = address.Network, RaidaId = address.RaidaId };
}
