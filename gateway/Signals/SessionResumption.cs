using System.Net;
using System.Security.Cryptography;
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
    /// <summary>Keeps the key of a session that arrived.</summary>
    public Task KeepAsync(
        CacheableKeyId cacheableId, IPAddress initiator, Session session, ReadOnlyMemory<byte> key, CancellationToken stopping) =>
        keys.AddAsync(
            NameOf(cacheableId, initiator), new() { Sender = session.Sender, Peer = session.Peer }, key, stopping);

    /// <summary>Returns resumed, failed if there is no key, or offline if the session cannot be stored.</summary>
    public async Task<WireStatus> ResumeAsync(ReceivedExchange exchange, IPEndPoint source, CancellationToken stopping)
    {
        using var kept = await keys.FindAsync(NameOf(exchange.CacheableId, source.Address), stopping);
        if (kept is null)
        {
            return WireStatus.Failed;
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
            if (!await inbox.HasRoomAsync(stopping) || !await inbox.AddAsync(session, key, stopping))
            {
                return WireStatus.Offline;
            }

            meter.CountIncoming("resumed");
            Log.SessionResumed(logger, id, session.Peer);
            return WireStatus.KeyResumed;
        }
        catch (RpcException)
        {
            // The shared state is unavailable.
            return WireStatus.Offline;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static IPAddress AddressOf(IPAddress source) => source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source;

    private static string NameOf(CacheableKeyId cacheableId, IPAddress initiator) =>
        ResumableKeys.NameOfIncoming(AddressOf(initiator), cacheableId.ToString());
}
