using Rke.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rke.Cli;

/// <summary>The sessions that arrived as a table on a terminal: the latest that fit, and the cursor to continue at.</summary>
/// <param name="height">The number of lines that the terminal shows.</param>
internal sealed class SessionWatchView(int height)
{
    // The heading, the line of the cursor, and the line below, where a terminal puts its cursor.
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

        // A session that is delivered again moves to the end.
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
                new Text($"{AnswerJson.Of(session.ArriveTime)}", Styles.Name),
                PlainText.Styled(session.SessionId),
                PlainText.Styled(
                    SessionWatchText.State(message), message.Redelivered ? Styles.Warning : Styles.Good),
                new Text($"{session.KeySize} bytes"),
                new Text(SessionWatchText.Parts(session)),
                PlainText.Styled($"{AnswerJson.Of(session.Initiator)}"));
        }

        var gap = _hasGap ? $"{SessionWatchText.Gap}  " : "";
        var last = _cursor.Length == 0 ? "waiting for sessions …" : $"{_count} sessions, cursor {_cursor}";
        return new Rows(grid, new Paragraph(gap, Styles.Warning).Append(PlainText.Of(last), Styles.Name));
    }
}
