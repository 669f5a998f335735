using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary>A message of a watch as one line, as text or JSON.</summary>
internal static class SessionWatchText
{
    public const string Gap = "There may have been sessions that are no longer known.";

    public static string Of(WatchSessionsResponse message) => message.Session is { } session
        ? $"{AnswerJson.Of(session.ArriveTime)}  {session.SessionId}  {session.State.ToString().ToLowerInvariant()}  "
            + $"{session.KeySize} bytes  {Parts(session)} parts  "
            + $"from {AnswerJson.Of(session.Initiator)}{(message.Redelivered ? "  delivered before" : "")}  cursor {message.Cursor}"
        : $"{Gap}  cursor {message.Cursor}";

    public static JsonObject Json(WatchSessionsResponse message)
    {
        var json = new JsonObject
        {
            ["cursor"] = message.Cursor,
            ["gap"] = message.Gap,
            ["redelivered"] = message.Redelivered,
        };
        foreach (var (name, value) in message.Session is null ? [] : SessionJson.Fields(message.Session))
        {
            json[name] = value;
        }

        return json;
    }

    public static string State(WatchSessionsResponse message) =>
        message.Session.State.ToString().ToLowerInvariant() + (message.Redelivered ? ", delivered before" : "");

    public static string Parts(Session session) =>
        $"{session.Parts.Count(part => part.Used)} of {session.Parts.Count}";
}
