using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Sessions;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Signals;

/// <summary>
/// The receiver's side of a resumed session: a new session with a key that is derived from a kept one. The same request again gives the
/// same session.
/// </summary>
internal sealed class SessionResumption(
    ResumableKeys keys, SessionInbox inbox, SessionMeter meter, ILogger<SessionResumption> logger)
{
    /// <summary>Keeps the key of a session that arrived, and the result of its request.</summary>
    public Task KeepAsync(
        ExchangeId exchange, IPAddress initiator, Session session, ReadOnlyMemory<byte> key, CancellationToken stopping)
    {
        var kept = new Session
        {
            SessionId = FingerprintOf(exchange.Fingerprint),
            Sender = session.Sender,
            Peer = session.Peer,
            Parts = { session.Parts.Select(part => new SessionPart { Used = part.Used }) },
        };
        return keys.AddAsync(NameOf(exchange.CacheableId, initiator), kept, key, stopping);
    }

    /// <summary>
    /// Returns resumed, failed if there is no key, or offline if the session cannot be stored. The request that made the key, sent again
    /// because its answer was lost, gets its result.
    /// </summary>
    public async Task<(WireStatus Status, ushort Used)> ResumeAsync(
        ReceivedExchange exchange, IPEndPoint source, CancellationToken stopping)
    {
        using var kept = await keys.FindAsync(NameOf(exchange.CacheableId, source.Address), stopping);
        if (kept is null)
        {
            return (WireStatus.Failed, 0);
        }

        if (kept.Session.SessionId == FingerprintOf(exchange.Fingerprint))
        {
            return ResultOf(kept.Session);
        }

        var (id, key) = SessionKey.Resume(kept.Key, exchange.CacheableId, exchange.Challenge);
        try
        {
            var address = AddressOf(source.Address);
            var session = new Session
            {
                SessionId = SessionIds.OfText(id),
                Initiator = new() { Host = address.ToString(), Port = (uint)source.Port },
                Sender = kept.Session.Sender,
                Peer = kept.Session.Peer,
                Resumed = true,
            };
            if (!await inbox.HasRoomAsync(stopping) || await inbox.AddAsync(session, key, stopping) is not null)
            {
                return (WireStatus.Offline, 0);
            }

            meter.CountIncoming("resumed");
            Log.SessionResumed(logger, id, session.Peer);
            return (WireStatus.KeyResumed, 0);
        }
        catch (RpcException)
        {
            // The shared state is unavailable.
            return (WireStatus.Offline, 0);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static (WireStatus Status, ushort Used) ResultOf(Session first)
    {
        var used = first.Parts.Select((part, index) => part.Used ? 1 << index : 0).Sum();
        return (first.Parts.All(part => part.Used) ? WireStatus.Success : WireStatus.KeysPartlyCollected, (ushort)used);
    }

    private static ByteString FingerprintOf(UInt128 fingerprint)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, fingerprint);
        return ByteString.CopyFrom(bytes);
    }

    private static IPAddress AddressOf(IPAddress source) => source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source;

    private static string NameOf(CacheableKeyId cacheableId, IPAddress initiator) =>
        ResumableKeys.NameOfIncoming(AddressOf(initiator), cacheableId.ToString());
}

/// <summary>The cacheable key id of an Exchange Keys, and the fingerprint of the request.</summary>
internal readonly record struct ExchangeId(CacheableKeyId CacheableId, UInt128 Fingerprint);
