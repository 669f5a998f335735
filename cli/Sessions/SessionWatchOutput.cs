using System.Text.Json.Nodes;
using Rke.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rke.Cli;

/// <summary>Formats a message of the stream as one line of text or JSON.</summary>
internal static class SessionWatchText
{
    public const string Gap = "Some sessions may be missing, because the gateway no longer keeps them.";

    public static string Of(WatchSessionsResponse message) => message.Session is { } session
        ? $"{ResponseJson.Of(session.ArriveTime)}  {HexText.Of(session.SessionId.Span)}  "
            + $"{session.State.ToString().ToLowerInvariant()}  {session.KeySize} bytes  {Parts(session)} parts  "
            + $"from {From(session)}{(message.Redelivered ? "  delivered before" : "")}  cursor {message.Cursor}"
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

    /// <summary>The address of the initiator, and its peer.</summary>
    public static string From(Session session) =>
        $"{ResponseJson.Of(session.Initiator)}{(session.Peer.Length == 0 ? "" : $" ({session.Peer})")}";

    public static string Parts(Session session) =>
        $"{session.Parts.Count(part => part.Used)} of {session.Parts.Count}";
}

/// <summary>A table with the latest sessions that fit on the terminal, and the cursor to continue with.</summary>
/// <param name="height">The number of lines of the terminal.</param>
internal sealed class SessionWatchTable(int height)
{
    // The heading, the line with the session cursor, and the empty line with the terminal cursor.
    private const int OtherLines = 3;

    private readonly List<WatchSessionsResponse> _latest = [];
    private int _count;
    private string _cursor = "";
    private bool _hasGap;

    public void Add(WatchSessionsResponse message)
    {
        _cursor = message.Cursor;
        if (message.Session is null)
        {
            _hasGap |= message.Gap;
            return;
        }

        // A redelivered session moves to the end.
        _count += _latest.RemoveAll(known => known.Session.SessionId == message.Session.SessionId) == 0 ? 1 : 0;
        _latest.Add(message);
        if (_latest.Count > Math.Max(1, height - OtherLines))
        {
            _latest.RemoveAt(0);
        }
    }

    public IRenderable Render()
    {
        var grid = new Grid().Add().Add().Add().Add(alignment: Justify.Right).Add().Add(gap: 0)
            .AddHeading("arrived", "session", "state", "key", "parts", "from");
        foreach (var message in _latest)
        {
            var session = message.Session;
            grid.AddRow(
                new Text($"{ResponseJson.Of(session.ArriveTime)}", Styles.Name),
                new Text(HexText.Of(session.SessionId.Span)),
                SafeText.Styled(
                    SessionWatchText.State(message), message.Redelivered ? Styles.Warning : Styles.Good),
                new Text($"{session.KeySize} bytes"),
                new Text(SessionWatchText.Parts(session)),
                SafeText.Styled(SessionWatchText.From(session)));
        }

        var gap = _hasGap ? $"{SessionWatchText.Gap}  " : "";
        var last = _cursor.Length == 0 ? "waiting for sessions …" : $"{_count} sessions, cursor {_cursor}";
        return new Rows(grid, new Paragraph(gap, Styles.Warning).Append(SafeText.Of(last), Styles.Name));
    }
}
