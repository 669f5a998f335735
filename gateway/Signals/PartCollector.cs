using System.Net;
using System.Security.Cryptography;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.Gateway.Configuration;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Peers;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Signals;

/// <summary>
/// The receiver's side of a session: collects the parts that a Signal or an Exchange Keys names, in parallel, and combines them to the session key.
/// Each part is one GetKey, so only configured key servers and allowed targets are asked.
/// </summary>
internal sealed class PartCollector(
    GetKeyCall getKey,
    SessionInbox inbox,
    SessionOrigin origin,
    SessionResumption resumption,
    SessionMeter meter,
    IOptionsMonitor<SignalOptions> options,
    TimeProvider timeProvider,
    ILogger<PartCollector> logger)
{
    /// <summary>Returns null if the shared state is unavailable.</summary>
    /// <param name="parts">1 to 16 parts, in the order of the key.</param>
    /// <param name="exchange">With a cacheable key id, the key is kept for later sessions.</param>
    /// <param name="initiator">The source of the request.</param>
    /// <param name="stopping">Ends when the gateway stops.</param>
    public async Task<SignalResult?> CollectAsync(
        IReadOnlyList<NamedPart> parts, ExchangeId exchange, IPEndPoint initiator, CancellationToken stopping)
    {
        var started = timeProvider.GetTimestamp();
        try
        {
            // A key server returns a part once. Without room for the session, the parts stay on their servers.
            var used = await inbox.HasRoomAsync(stopping)
                ? await CollectAllAsync(parts, exchange, initiator, stopping)
                : Fail(parts, "too many sessions wait already", []);
            return SignalResult.Of(used, timeProvider.GetElapsedTime(started));
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<int>> CollectAllAsync(
        IReadOnlyList<NamedPart> named, ExchangeId exchange, IPEndPoint initiator, CancellationToken stopping)
    {
        var scope = new CallScope(MonotonicTime.Now(timeProvider) + options.CurrentValue.CollectTimeout, stopping);
        var parts = await Task.WhenAll(named.Select((part, index) =>
            IsRepeated(named, index) ? Task.FromResult<GetKeyResponse?>(null) : CollectAsync(part, scope)));
        var key = Join(parts);
        try
        {
            var used = Enumerable.Range(0, parts.Length).Where(index => parts[index] is not null).ToArray();
            if (key.Length < SessionKey.MinLength)
            {
                return Fail(
                    named,
                    $"only {used.Length} parts with {key.Length} bytes were found, and a session needs {SessionKey.MinLength} bytes",
                    used);
            }

            if (used.Length == parts.Length && key[^1] != SessionKey.LastByte)
            {
                return Fail(named, $"the last byte of the key is not {SessionKey.LastByte:X2}", []);
            }

            var session = Describe(named, parts, initiator);
            await origin.DescribeAsync(session, [.. parts.Select(part => part?.Sender)], scope);
            if (await inbox.AddAsync(session, key, stopping) is { } problem)
            {
                return Fail(named, problem, []);
            }

            if (!exchange.CacheableId.IsNone)
            {
                await resumption.KeepAsync(exchange, initiator.Address, session, key, stopping);
            }

            meter.CountIncoming("ok");
            Log.SessionArrived(logger, SessionIds.TextOf(session), session.Peer, used.Length, parts.Length, key.Length);
            return used;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // A part that is named twice is collected once.
    private static bool IsRepeated(IReadOnlyList<NamedPart> parts, int index) =>
        parts.Take(index).Any(part => part.Request.Equals(parts[index].Request));

    private async Task<GetKeyResponse?> CollectAsync(NamedPart part, CallScope scope)
    {
        try
        {
            return await getKey.RunAsync(part.Request, scope);
        }
        catch (RpcException)
        {
            // The part is not used: it is not there, its server is not allowed, or the time is over.
            return null;
        }
    }

    private static byte[] Join(GetKeyResponse?[] parts)
    {
        var key = GC.AllocateUninitializedArray<byte>(parts.Sum(part => part?.KeyPart.Length ?? 0), pinned: true);
        var offset = 0;
        foreach (var part in parts.OfType<GetKeyResponse>())
        {
            part.KeyPart.Span.CopyTo(key.AsSpan(offset));
            offset += part.KeyPart.Length;
            MessageSecrets.Clear(part);
        }

        return key;
    }

    private static Session Describe(
        IReadOnlyList<NamedPart> named, GetKeyResponse?[] parts, IPEndPoint initiator)
    {
        var address = initiator.Address.IsIPv4MappedToIPv6 ? initiator.Address.MapToIPv4() : initiator.Address;
        var session = new Session { Initiator = new() { Host = address.ToString(), Port = (uint)initiator.Port } };
        for (var index = 0; index < parts.Length; index++)
        {
            session.Parts.Add(new SessionPart
            {
                Index = (uint)index,
                KeyIdHash = named[index].Hash,
                Server = named[index].Server,
                RaidaId = parts[index]?.RaidaId ?? 0,
                Length = (uint)(parts[index]?.KeyPart.Length ?? 0),
                Used = parts[index] is not null,
            });
        }

        var used = session.Parts.Where(part => part.Used).SelectMany(part => part.KeyIdHash).ToArray();
        session.SessionId = SessionIds.OfText(SessionKey.IdOf(used));
        return session;
    }

    private IReadOnlyList<int> Fail(IReadOnlyList<NamedPart> parts, string problem, IReadOnlyList<int> used)
    {
        meter.CountIncoming("failed");
        Log.SessionFailed(logger, parts.Count, problem);
        return used;
    }
}
