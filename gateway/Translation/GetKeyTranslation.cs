using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.Gateway.Observability;
using Rke.Gateway.Policy;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>GetKey: asks one key server for one part, under any coin.</summary>
internal sealed class GetKeyTranslation(
    NetworkDirectory networks,
    CoinShelf shelf,
    ICoinState state,
    GetKeyTargets targets,
    ResponseIvs responseIvs,
    Seals seals,
    KeyAudit audit)
{
    public async Task<GetKeyResponse> RunAsync(GetKeyRequest request, CallScope scope)
    {
        var (network, hash, coin) = Parse(request);
        scope.Permit.Require(network.Id, coin);
        var (server, link) = await targets.FindAsync(request, network, scope);
        scope.Permit.Require(server.Network, coin);
        using var user = UseCoin(server, coin, scope.Permit);
        var found = networks.Find(server.Network)!;
        var iv = await responseIvs.FindAsync(found, link, scope);
        var seal = await seals.MakeAsync(user, server.RaidaId, scope.Cancellation);
        using var exchange = await link.SendAsync(new GetKeyPayload(hash), seal, iv, scope.Deadline, scope.Cancellation);
        if (ExchangeFailures.Of(exchange, WireCommand.GetKey, server.Network) is { } failure)
        {
            throw failure.ToException();
        }

        await responseIvs.OpenAsync(found, link, exchange, iv, scope);
        return ToResponse(exchange, link.Address, hash, scope);
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

    private CoinUser UseCoin(ServerNumber server, CoinId? coin, Permit permit) => coin is { } named
        ? shelf.Use(server.Network, named) ?? throw CoinFailures.Unknown(server).ToException()
        : shelf.UseAny(server.Network, permit) ?? throw CoinFailures.None(server).ToException();

    private GetKeyResponse ToResponse(Exchange exchange, ServerAddress address, KeyIdHash hash, CallScope scope)
    {
        if (!GetKeyAnswer.TryRead(address.Profile, exchange.Payload, out var answer, out var error) || answer.KeyPart.IsEmpty)
        {
            throw Unreadable(exchange, address, error).ToException();
        }

        var server = new ServerNumber(address.Network, address.RaidaId);
        Free(server, hash, answer.Sender);
        audit.HandedOut(scope.Caller, server, hash.ToPart());
        return new GetKeyResponse
        {
            KeyPart = ByteString.CopyFrom(answer.KeyPart),
            KeyId = answer.KeyId?.ToMessage() ?? ByteString.Empty,
            Sender = answer.Sender.ToMessage(),
            SenderAddress = answer.SenderAddress?.ToString() ?? "",
            RaidaId = address.RaidaId,
            ExecutionTime = Duration.FromTimeSpan(exchange.ExecutionTime),
        };
    }

    // Read once, the part is gone from the server: if it was under a coin of ours, that one is free. Nobody waits for it.
    private void Free(ServerNumber server, KeyIdHash hash, CoinId sender)
    {
        if (networks.Find(server.Network) is { PartsOccupyCoins: true } && shelf.Of(server.Network).Find(sender) is not null)
        {
            _ = state.FreeAsync(server, hash.ToPart(), sender).AsTask();
        }
    }

    private static CallFailure Unreadable(Exchange exchange, ServerAddress address, WireError error) => new(
        StatusCode.Internal,
        Reason.RaidaFailed,
        error == WireError.None
            ? $"Key server {address.RaidaId} answered without a key part."
            : $"Key server {address.RaidaId} answered with something that is no key part ({error}).")
    {
        Network = address.Network,
        RaidaId = address.RaidaId,
        RaidaStatus = exchange.StatusByte,
        Attempts = exchange.Attempts,
    };
}
