using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Grpc.Core;
using Rke.Gateway.Reload;
using Rke.Gateway.Services;
using Rke.Gateway.Sessions;
using Rke.Gateway.Translation;
using Rke.V1;

namespace Rke.Gateway.Signalling;

/// <summary>
/// Collects the parts that a Signal names, all at once, each as a GetKey of the gateway's own: only from configured
/// key servers and allowed targets. What came, joined in order, is a session's key.
/// </summary>
internal sealed class PartCollection(
    GetKeyTranslation getKey,
    SessionInbox inbox,
    SessionMeter meter,
    LiveSettings live,
    TimeProvider timeProvider,
    ILogger<PartCollection> logger)
{
    /// <summary>Null when nothing can be said now, because the shared state cannot be reached.</summary>
    public async Task<SignalResult?> CollectAsync(
        IReadOnlyList<KeyPartLocation> locations, IPEndPoint initiator, CancellationToken stopping)
    {
        var started = timeProvider.GetTimestamp();
        try
        {
            // Parts are handed out once: what finds no room is left where it is.
            var used = await inbox.HasRoomAsync(stopping)
                ? await CollectAllAsync(locations, initiator, stopping)
                : Lose(locations, "too many sessions wait already", []);
            return new(used, timeProvider.GetElapsedTime(started));
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<int>> CollectAllAsync(
        IReadOnlyList<KeyPartLocation> locations, IPEndPoint initiator, CancellationToken stopping)
    {
        var scope = new CallScope(timeProvider.GetUtcNow() + live.Signal.CollectTimeout, stopping);
        var parts = await Task.WhenAll(locations.Select((location, index) =>
            IsRepeated(locations, index) ? Task.FromResult<GetKeyResponse?>(null) : CollectAsync(location, scope)));
        var key = Join(parts);
        try
        {
            var used = Enumerable.Range(0, parts.Length).Where(index => parts[index] is not null).ToArray();
            if (key.Length < SessionKey.LeastLength)
            {
                return Lose(locations, $"{used.Length} parts came, {key.Length} bytes", used);
            }

            if (used.Length == parts.Length && key[^1] != SessionKey.Mark)
            {
                return Lose(locations, "all parts came, but the last byte is not the mark", []);
            }

            var session = Describe(locations, parts, initiator);
            if (!await inbox.AddAsync(session, key, stopping))
            {
                return Lose(locations, "too many sessions wait already", []);
            }

            meter.CountIncoming("ok");
            Log.SessionArrived(logger, session.SessionId, used.Length, parts.Length, key.Length);
            return used;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // A part comes once; the second place that names it gets nothing.
    private static bool IsRepeated(IReadOnlyList<KeyPartLocation> locations, int index) =>
        locations.Take(index).Contains(locations[index]);

    private async Task<GetKeyResponse?> CollectAsync(KeyPartLocation location, CallScope scope)
    {
        try
        {
            return await getKey.RunAsync(new() { Endpoint = location.Server, KeyIdHash = location.KeyIdHash }, scope);
        }
        catch (RpcException)
        {
            // Not there, not allowed, not in time: not used.
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
            if (MemoryMarshal.TryGetArray(part.KeyPart.Memory, out var bytes))
            {
                CryptographicOperations.ZeroMemory(bytes);
            }
        }

        return key;
    }

    private static Session Describe(
        IReadOnlyList<KeyPartLocation> locations, GetKeyResponse?[] parts, IPEndPoint initiator)
    {
        var address = initiator.Address.IsIPv4MappedToIPv6 ? initiator.Address.MapToIPv4() : initiator.Address;
        var session = new Session { Initiator = new() { Host = address.ToString(), Port = (uint)initiator.Port } };
        for (var index = 0; index < parts.Length; index++)
        {
            session.Parts.Add(new SessionPart
            {
                Index = (uint)index,
                KeyIdHash = locations[index].KeyIdHash,
                Server = locations[index].Server,
                RaidaId = parts[index]?.RaidaId ?? 0,
                Length = (uint)(parts[index]?.KeyPart.Length ?? 0),
                Used = parts[index] is not null,
            });
        }

        var used = session.Parts.Where(part => part.Used).SelectMany(part => part.KeyIdHash).ToArray();
        session.SessionId = SessionKey.IdOf(used);
        return session;
    }

    private IReadOnlyList<int> Lose(IReadOnlyList<KeyPartLocation> locations, string problem, IReadOnlyList<int> used)
    {
        meter.CountIncoming("failed");
        Log.SessionLost(logger, locations.Count, problem);
        return used;
    }
}
