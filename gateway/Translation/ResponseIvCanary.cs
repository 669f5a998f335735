using System.Security.Cryptography;
using Grpc.Core;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
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
    CoinShelf shelf, ICoinState state, CoinLimitSettings limit, Seals seals, IEntropySource entropy, ILogger<ResponseIvCanary> logger)
{
    private const int PartLength = 16;

    public async Task<ResponseIv> SendAsync(Network network, ServerLink link, CallScope scope)
    {
        var server = network[link.Address.RaidaId];
        var secret = new byte[KeyId.Length + PartLength];
        entropy.Fill(secret);
        var keyId = KeyId.Read(secret);
        var reservation = await ReserveAsync(network, server, keyId, scope);
        using var user = shelf.Use(network.Id, reservation.Coin) ?? throw CoinFailures.Unknown(server).ToException();

        var seal = await seals.MakeAsync(user, server.RaidaId, scope.Cancellation);
        using (var posted = await PostAsync(link, keyId, secret.AsSpan(KeyId.Length), seal, scope))
        {
            ThrowIfFailed(posted, WireCommand.PostKey, network);
        }

        seal = await seals.MakeAsync(user, server.RaidaId, scope.Cancellation);
        using var got = await link.SendAsync(
            new GetKeyPayload(keyId.Hash()), seal, ResponseIv.Same, scope.Deadline, scope.Cancellation);
        ThrowIfFailed(got, WireCommand.GetKey, network);
        foreach (var iv in Enum.GetValues<ResponseIv>())
        {
            if (IsCanary(network.Profile, got.Open(iv), secret.AsSpan(KeyId.Length)))
            {
                Log.ResponseIvLearned(logger, server.RaidaId, network.Id, iv);
                return iv;
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

    // The canary is a post like any other and counts.
    private async Task<CoinReservation> ReserveAsync(Network network, ServerNumber server, KeyId keyId, CallScope scope)
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
            keyId.Hash().ToPart(),
            network.PartsOccupyCoins,
            network.KeyLifetime,
            new(limit.Posts, limit.Window));
        var grant = await state.ReserveAsync(request, scope.Cancellation);
        return grant.Answer == CoinAnswer.Granted
            ? grant.Reservation
            : throw CoinFailures.Of(grant, server, named: null).ToException();
    }

    private ValueTask<Exchange> PostAsync(
        ServerLink link, KeyId keyId, ReadOnlySpan<byte> part, RequestSeal seal, CallScope scope)
    {
        Span<byte> padding = stackalloc byte[ProfileRules.PaddingLength];
        entropy.Fill(padding);
        return PostKeyPayload.TryCreate(link.Address.Profile, keyId, 0, part, padding, out var payload, out var error)
            ? link.SendAsync(payload, seal, ResponseIv.Same, scope.Deadline, scope.Cancellation)
            : throw new InvalidOperationException($"The canary cannot be sent: {error}.");
    }

    private static bool IsCanary(WireProfile profile, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> part) =>
        GetKeyAnswer.TryRead(profile, payload, out var answer, out _)
        && CryptographicOperations.FixedTimeEquals(answer.KeyPart, part);

    private static void ThrowIfFailed(Exchange exchange, WireCommand command, Network network)
    {
        if (ExchangeFailures.Of(exchange, command, network.Id) is { } failure)
        {
            throw failure.ToException();
        }
    }

    private static CallFailure NeitherFits(ServerAddress address) => new(
        StatusCode.Internal,
        Reason.RaidaFailed,
        $"Key server {address.RaidaId} encrypts its replies in no way that this gateway knows.")
    {
        Network = address.Network,
        RaidaId = address.RaidaId,
    };
}
