using System.Net;
using Rke.Gateway.Calls;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Gateway.Sessions;
using Rke.UdpBridge.Streams;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Signals;

/// <summary>
/// Answers Exchange Keys (docs/SESSIONS.md): resumes a session, or collects the parts that the request names, within the same limits as for
/// Signals. Only configured key servers are asked.
/// </summary>
internal sealed class ExchangeHandler(
    SignalHandler signals,
    SessionResumption resumption,
    NetworkDirectory networks,
    ServerLinks links,
    SessionMeter meter) : IStreamRequestHandler
{
    public int BodyLength => ExchangeKeysPayload.BodyLength;

    public bool Accepts(in RequestHeader header, Span<byte> answer, out int length)
    {
        var error = header.Code != CommandCode.Of(WireProfile.Rke, WireCommand.ExchangeKeys) ? WireError.CommandUnknown
            : header.BodyLength != BodyLength ? WireError.LengthWrong
            : WireError.None;
        length = error == WireError.None ? 0 : Refuse(header, [], error, answer);
        return error == WireError.None;
    }

    public async ValueTask<int> AnswerAsync(
        ReadOnlyMemory<byte> request, IPEndPoint source, Memory<byte> answer, CancellationToken cancellationToken)
    {
        if (!ReceivedExchange.TryRead(request.Span, out var exchange, out var error))
        {
            RequestHeader.TryRead(request.Span, out var header);
            return Refuse(header, request.Span, error, answer.Span);
        }

        if (!exchange.CacheableId.IsNone)
        {
            var (status, used) = await signals.ResumeAsync(source, () => resumption.ResumeAsync(exchange, source, cancellationToken));
            if (status != WireStatus.Failed || exchange.Slots.Count == 0)
            {
                return exchange.WriteAnswer(status, used, TimeSpan.Zero, answer.Span);
            }
        }

        var result = await signals.TakeAsync(
            new(exchange.Fingerprint, () => NameParts(exchange), _ => Task.FromResult(IsAnyConfigured(exchange)))
            {
                CacheableId = exchange.CacheableId,
                IsCounted = !exchange.CacheableId.IsNone,
            },
            source,
            cancellationToken);
        var all = (ushort)((1 << exchange.Slots.Count) - 1);
        return exchange.WriteAnswer(
            result is null ? WireStatus.Offline
                : result.Used == 0 ? WireStatus.Failed
                : result.Used == all ? WireStatus.Success
                : WireStatus.KeysPartlyCollected,
            result?.Used ?? 0,
            result?.Duration ?? TimeSpan.Zero,
            answer.Span);
    }

    private int Refuse(in RequestHeader header, ReadOnlySpan<byte> request, WireError error, Span<byte> answer)
    {
        meter.CountSignal("refused");
        return ReceivedExchange.WriteRefusal(header, request, error, answer);
    }

    private bool IsAnyConfigured(ReceivedExchange exchange) => exchange.Slots.Any(slot =>
        networks.Find(slot.Network) is { } network && network.Servers.ContainsKey(slot.RaidaId));

    private IReadOnlyList<NamedPart> NameParts(ReceivedExchange exchange) => [.. exchange.Slots.Select(NamePart)];

    private NamedPart NamePart(KeySlot slot)
    {
        var hash = slot.KeyId.Hash().ToMessage();
        var request = new GetKeyRequest { Network = slot.Network, RaidaId = slot.RaidaId, KeyIdHash = hash };
        if (slot.Coin != default)
        {
            request.Coin = slot.Coin.ToMessage();
        }

        var endPoint = links.TryLinkTo(new(slot.Network, slot.RaidaId))?.Address.EndPoint;
        return new(hash, endPoint?.ToMessage() ?? new V1.Endpoint(), request);
    }
}
