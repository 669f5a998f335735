using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary>A session that arrived, as it is printed.</summary>
internal static class SessionJson
{
    public static IEnumerable<(string Name, JsonNode? Value)> Fields(Session session) =>
    [
        ("session_id", session.SessionId),
        ("state", session.State.ToString().ToLowerInvariant()),
        ("key_size", session.KeySize),
        ("initiator", AnswerJson.Of(session.Initiator)),
        ("arrive_time", AnswerJson.Of(session.ArriveTime)),
        ("expire_time", AnswerJson.Of(session.ExpireTime)),
        ("replica", session.Replica.Length == 0 ? null : session.Replica),
        ("parts", Parts(session.Parts)),
    ];

    public static JsonArray Parts(IEnumerable<SessionPart> parts) => new([.. parts.Select(part => new JsonObject
    {
        ["index"] = part.Index,
        ["key_id_hash"] = AnswerJson.Hex(part.KeyIdHash),
        ["server"] = AnswerJson.Of(part.Server),
        ["raida_id"] = part.RaidaId,
        ["length"] = part.Length,
        ["used"] = part.Used,
    })]);
}
