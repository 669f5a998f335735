using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary>Converts a session to JSON for output.</summary>
internal static class SessionJson
{
    public static IEnumerable<(string Name, JsonNode? Value)> Fields(Session session) =>
    [
        ("session_id", ResponseJson.Hex(session.SessionId)),
        ("state", session.State.ToString().ToLowerInvariant()),
        ("peer", session.Peer.Length == 0 ? null : session.Peer),
        ("sender", Sender(session.Sender)),
        ("key_size", session.KeySize),
        ("initiator", ResponseJson.Of(session.Initiator)),
        ("receiver", ResponseJson.Of(session.Receiver)),
        ("arrive_time", ResponseJson.Of(session.ArriveTime)),
        ("expire_time", ResponseJson.Of(session.ExpireTime)),
        .. Resumed(session),
        ("replica", session.Replica.Length == 0 ? null : session.Replica),
        ("parts", Parts(session.Parts)),
    ];

    private static (string Name, JsonNode? Value)[] Resumed(Session session) => session.Resumed ? [("resumed", true)] : [];

    public static JsonArray Parts(IEnumerable<SessionPart> parts) => new([.. parts.Select(part => new JsonObject
    {
        ["index"] = part.Index,
        ["key_id_hash"] = ResponseJson.Hex(part.KeyIdHash),
        ["server"] = ResponseJson.Of(part.Server),
        ["network"] = part.Network,
        ["raida_id"] = part.RaidaId,
        ["length"] = part.Length,
        ["used"] = part.Used,
    })]);

    private static JsonObject? Sender(SessionSender? sender) => sender is null ? null : new()
    {
        ["network"] = sender.Network,
        ["coin"] = ResponseJson.Of(sender.Coin),
    };
}
