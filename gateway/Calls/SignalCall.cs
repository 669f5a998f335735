using Grpc.Core;
using Rke.Dns;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Gateway.Targets;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>Signal: sends the locations of key parts to a receiver, and returns which of them it used.</summary>
internal sealed class SignalCall(
    NetworkDirectory networks, ServerLinks links, SignalTargetFinder targets, ICoinState state, IEntropySource entropy)
{
    public async Task<SignalResponse> RunAsync(SignalRequest request, CallScope scope)
    {
        var parts = Parse(request);
        CallFailure? failure = null;
        await foreach (var target in targets.FindAsync(request, scope))
        {
            var link = links.ToSignalService(networks.Default.Id, target.EndPoint);
            using var exchange = await SendAsync(parts, link, scope);
            failure = ExchangeFailures.Of(exchange, WireCommand.Signal, target.Service);
            if (failure is null)
            {
                return ToResponse(parts, exchange);
            }

            // A service may have several addresses. Try the next one only if nothing arrived at this one.
            if (exchange.Outcome is not (ExchangeOutcome.Unreachable or ExchangeOutcome.BreakerOpen or ExchangeOutcome.SendFailed))
            {
                break;
            }
        }

        throw failure!.ToException();
    }

    private static SignalPart[] Parse(SignalRequest request)
    {
        var bad = new BadFields();
        switch (request.TargetCase)
        {
            case SignalRequest.TargetOneofCase.Domain:
                bad.Check(request.Domain.Length > 0, "domain", "must not be empty");
                break;
            case SignalRequest.TargetOneofCase.Endpoint:
                bad.CheckEndpoint(request.Endpoint, "endpoint");
                break;
            default:
                bad.Add("target", "domain or endpoint must be given");
                break;
        }

        bad.Check(
            request.Parts.Count is >= 1 and <= SignalPayload.MaxParts, "parts", $"must be 1 to {SignalPayload.MaxParts}");
        var parts = new SignalPart[Math.Min(request.Parts.Count, SignalPayload.MaxParts)];
        for (var index = 0; index < parts.Length; index++)
        {
            parts[index] = ParsePart(request.Parts[index], $"parts[{index}]", bad);
        }

        bad.ThrowIfAny();
        return parts;
    }

    private static SignalPart ParsePart(KeyPartLocation part, string path, BadFields bad)
    {
        var isHash = bad.CheckLength(part.KeyIdHash, KeyIdHash.Length, $"{path}.key_id_hash");
        if (!bad.Check(part.Server is not null, $"{path}.server", "must be given"))
        {
            return default;
        }

        var isAddress = bad.Check(
            HostText.TryParseTarget(part.Server!.Host, out var address), $"{path}.server.host", "must be a literal IP address");
        var isPort = bad.CheckPort(part.Server.Port, $"{path}.server.port");
        return isHash && isAddress && isPort
            ? new(KeyIdHash.Read(part.KeyIdHash.Span), new(address!, (int)part.Server.Port))
            : default;
    }

    private ValueTask<Exchange> SendAsync(SignalPart[] parts, ServerLink link, CallScope scope)
    {
        Span<byte> fill = stackalloc byte[SignalPayload.MaxParts * SignalPart.FillLength];
        entropy.Fill(fill);
        return SignalPayload.TryCreate(parts, fill, out var payload, out var error)
            ? link.SendAsync(payload, encryption: null, ResponseIv.Same, scope.Deadline, scope.Cancellation)
            : throw new InvalidOperationException($"A validated Signal cannot be encoded: {error}.");
    }

    private SignalResponse ToResponse(SignalPart[] parts, Exchange exchange)
    {
        if (!SignalAnswer.TryRead(exchange.Payload, parts.Length, out var answer, out var error))
        {
            throw new CallFailure(
                StatusCode.Internal,
                Reason.RaidaFailed,
                $"The signalling service {exchange.Server} sent an unreadable reply ({error}).")
            {
                RaidaStatus = exchange.StatusByte,
                Attempts = exchange.Attempts,
            }.ToException();
        }

        var response = new SignalResponse { Endpoint = exchange.Server.ToMessage() };
        for (var index = 0; index < parts.Length; index++)
        {
            if (answer.IsUsed(index))
            {
                response.UsedParts.Add((uint)index);
                Free(parts[index]);
            }
        }

        return response;
    }

    // The receiver has read the part, so its coin is free. The caller does not wait for this.
    private void Free(SignalPart part)
    {
        if (links.FindAt(part.Server, network: null) is { } server && networks.Find(server.Network) is { PartsOccupyCoins: true })
        {
            _ = state.FreeAsync(server, part.Hash, coin: null).AsTask();
        }
    }
}
