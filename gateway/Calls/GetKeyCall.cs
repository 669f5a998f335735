using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Gateway.Policy;
using Rke.Gateway.Targets;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>GetKey: gets one key part from one key server, under any coin.</summary>
internal sealed class GetKeyCall(
    NetworkDirectory networks,
    CoinStore coinStore,
    ICoinState state,
    RefusedCoins refusedCoins,
    GetKeyTargetFinder targets,
    RequestEncryptionFactory encryptions,
    KeyAudit audit)
{
    // After this number of refused coins, the call fails.
    private const int MaxCoins = 5;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<GetKeyResponse> RunAsync(GetKeyRequest request, CallScope scope)
    {
        var (network, hash, coin) = Parse(request);
        scope.Permit.Require(network.Id, coin);
        var (server, link) = await targets.FindAsync(request, network, scope);
        scope.Permit.Require(server.Network, coin);
        if (coin is { } named)
        {
            coinStore.Of(server.Network).RequireOpen(server, named, scope.Permit);
        }

        // A reload can have removed the network meanwhile.
        var serverNetwork = networks.Find(server.Network) ?? throw GetKeyTargetFinder.NotAllowed().ToException();
        List<CoinId>? refused = null;
        CallFailure? failure = null;
        while ((refused?.Count ?? 0) < MaxCoins && LeaseCoin(server, coin, refused, scope.Permit) is { } leased)
        {
            using var lease = leased;
            var encryption = await encryptions.CreateAsync(lease, server.RaidaId, scope.Cancellation);
            using var exchange = await link.SendAsync(
                new GetKeyPayload(hash), encryption, serverNetwork.ResponseIv, scope.Deadline, scope.Cancellation);
            var isRefused = ExchangeFailures.IsCoinRefused(exchange);

            // An allowed target with the number of a configured server must not affect that server. The caller does not wait for Redis.
            if (link.IsConfigured)
            {
                _ = ReportAsync(server, lease.Coin.Id, exchange.Outcome, isRefused).AsTask();
            }

            else if (exchange.Status == WireStatus.RaidaIdWrong)
            {
                targets.Forget(server.Network, link);
            }

            failure = ExchangeFailures.Of(exchange, WireCommand.GetKey, server.Network);
            if (failure is null)
            {
                return ToResponse(exchange, link, serverNetwork, hash, scope);
            }

            if (!isRefused)
            {
                break;
            }

            (refused ??= []).Add(lease.Coin.Id);
        }

        throw (failure ?? (coin is null ? CoinFailures.None(server) : CoinFailures.Unknown(server))).ToException();
    }

    private (Network Network, KeyIdHash Hash, CoinId? Coin) Parse(GetKeyRequest request)
    {
        var bad = new BadFields();
        var network = bad.CheckNetwork(networks, request.Network);
        switch (request.ServerCase)
        {
            case GetKeyRequest.ServerOneofCase.RaidaId:
                bad.CheckRaidaId(network, request.RaidaId);
                break;
            case GetKeyRequest.ServerOneofCase.Endpoint:
                bad.CheckEndpoint(request.Endpoint, "endpoint");
                break;
            default:
                bad.Add("server", "raida_id or endpoint must be given");
                break;
        }

        var hash = ParseHash(request, bad);
        var coin = bad.CheckCoin(request.Coin);
        bad.ThrowIfAny();
        return (network!, hash, coin);
    }

    private static KeyIdHash ParseHash(GetKeyRequest request, BadFields bad)
    {
        switch (request.IdCase)
        {
            case GetKeyRequest.IdOneofCase.KeyId when bad.CheckLength(request.KeyId, KeyId.Length, "key_id"):
                return KeyId.Read(request.KeyId.Span).Hash();
            case GetKeyRequest.IdOneofCase.KeyIdHash
                when bad.CheckLength(request.KeyIdHash, KeyIdHash.Length, "key_id_hash"):
                return KeyIdHash.Read(request.KeyIdHash.Span);
            case GetKeyRequest.IdOneofCase.None:
                bad.Add("id", "key_id or key_id_hash must be given");
                return default;
            default:
                return default;
        }
    }

    private async ValueTask ReportAsync(ServerId server, CoinId coin, ExchangeOutcome outcome, bool isRefused)
    {
        if (isRefused)
        {
            await refusedCoins.RefuseAsync(server, coin);
        }
        else if (outcome == ExchangeOutcome.Answered)
        {
            await refusedCoins.AcceptAsync(server, coin);
        }
    }

    // Null if there is no further coin. A coin that the key server refused is the last choice.
    private CoinLease? LeaseCoin(ServerId server, CoinId? coin, List<CoinId>? refused, Permit permit) => coin is not { } named
        ? coinStore.TryLeaseAny(server.Network, permit, new UntriedCoins(refusedCoins, server, refused))
        : refused is null ? coinStore.TryLease(server.Network, named) : null;

    private GetKeyResponse ToResponse(Exchange exchange, ServerLink link, Network network, KeyIdHash hash, CallScope scope)
    {
        if (!GetKeyAnswer.TryRead(network.Profile, exchange.Payload, out var answer, out var error) || answer.KeyPart.IsEmpty)
        {
            throw Unreadable(exchange, network, error).ToException();
        }

        var coins = coinStore.Of(network.Id);
        if (ResponseIvMismatch.IsIn(network, answer.Sender, coins))
        {
            throw ResponseIvMismatch.FailureOf(network, exchange).ToException();
        }

        var server = network[exchange.RaidaId];
        if (link.IsConfigured && network.PartsOccupyCoins && coins.Find(answer.Sender) is not null)
        {
            // The server deletes a part that was read, so its coin is free. The caller does not wait for this.
            _ = state.FreeAsync(server, hash, answer.Sender).AsTask();
        }

        audit.HandedOut(scope.Caller, server, hash);
        return new GetKeyResponse
        {
            KeyPart = MessageSecrets.Copy(answer.KeyPart),
            KeyId = answer.KeyId?.ToMessage() ?? ByteString.Empty,
            Sender = answer.Sender.ToMessage(),
            SenderAddress = answer.SenderAddress?.ToString() ?? "",
            RaidaId = exchange.RaidaId,
            ExecutionTime = Duration.FromTimeSpan(exchange.ExecutionTime),
        };
    }

    private static CallFailure Unreadable(Exchange exchange, Network network, WireError error) => new(
        StatusCode.Internal,
        Reason.RaidaFailed,
        error == WireError.None
            ? $"Key server {exchange.RaidaId} sent a reply without a key part."
            : $"Key server {exchange.RaidaId} sent a reply that is not a key part ({error}).")
    {
        Network = network.Id,
        RaidaId = exchange.RaidaId,
        RaidaStatus = exchange.StatusByte,
        Attempts = exchange.Attempts,
    };

    /// <summary>Ranks the coins that the call has not tried.</summary>
    private readonly struct UntriedCoins(RefusedCoins resting, ServerId server, List<CoinId>? tried) : ICoinRank
    {
        public int? RankOf(CoinId coin) =>
            tried is not null && tried.Contains(coin) ? null : resting.IsResting(server, coin) ? 1 : 0;
    }
}
