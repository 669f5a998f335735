using Rke.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rke.Cli;

/// <summary>
/// Shows the progress of <c>rkectl session initiate</c>: as a table on a terminal, otherwise as lines or JSON.
/// </summary>
internal static class SessionProgress
{
    /// <summary>Shows each step that <paramref name="run"/> reports.</summary>
    public static Task ShowAsync(
        Terminal terminal, bool json, Func<Action<InitiateSessionStreamResponse>, Task<bool>> run)
    {
        if (json)
        {
            return run(step => terminal.Out.WriteLine(JsonText.WriteLine(SessionStepJson.Of(step))));
        }

        if (!terminal.Out.IsTerminal)
        {
            return run(step => terminal.Out.WriteLine(SafeText.Of(SessionStepText.Of(step))));
        }

        var table = new SessionProgressTable();
        return terminal.Out.DrawAsync(table.Render(), draw => run(step =>
        {
            table.Add(step);
            draw(table.Render());
        }));
    }
}

/// <summary>The progress of a session as a table, with a row for each step and a row for each part.</summary>
internal sealed class SessionProgressTable
{
    private readonly List<PartRow> _parts = [];
    private (string Time, string Text) _lookedUp = ("", "…");
    private (string Time, string Text) _signalled = ("", "");
    private (string Time, string Text) _used = ("", "");

    public void Add(InitiateSessionStreamResponse message)
    {
        var time = SessionStepText.Time(message.Elapsed);
        switch (message.StepCase)
        {
            case InitiateSessionStreamResponse.StepOneofCase.LookedUp:
                _lookedUp = (time, SessionStepText.LookedUp(message.LookedUp));
                _parts.AddRange(message.LookedUp.PartLengths.Select(length => new PartRow(length)));
                break;
            case InitiateSessionStreamResponse.StepOneofCase.PartSent:
                Find(message.PartSent.Index)?.Set(time, message.PartSent.RaidaId, "sent …");
                break;
            case InitiateSessionStreamResponse.StepOneofCase.PartPosted:
                Find(message.PartPosted.Index)?.Set(
                    time,
                    message.PartPosted.RaidaId,
                    $"posted at {ResponseJson.Of(message.PartPosted.Server)}",
                    Styles.Good);
                break;
            case InitiateSessionStreamResponse.StepOneofCase.ServerReplaced:
                Find(message.ServerReplaced.Index)?.Replace(
                    time, message.ServerReplaced.RaidaId, SessionStepText.Reason(message.ServerReplaced));
                break;
            case InitiateSessionStreamResponse.StepOneofCase.Signalled:
                _signalled = (time, $"{message.Signalled.PartCount} parts");
                break;
            case InitiateSessionStreamResponse.StepOneofCase.Used:
                _used = (time, $"parts {SessionStepText.Parts(message.Used)} by {ResponseJson.Of(message.Used.Endpoint)}");
                break;
        }
    }

    public IRenderable Render()
    {
        var grid = new Grid().Add().Add(alignment: Justify.Right).Add(gap: 0, wraps: true);
        AddRow(grid, "looked up", _lookedUp.Time, SafeText.Styled(_lookedUp.Text));
        foreach (var (index, part) in _parts.Index())
        {
            AddRow(grid, $"part {index}", part.Time, part.Render());
        }

        AddRow(grid, "signalled", _signalled.Time, SafeText.Styled(_signalled.Text));
        AddRow(grid, "used", _used.Time, SafeText.Styled(_used.Text, Styles.Good));
        return grid;
    }

    private static void AddRow(Grid grid, string step, string time, IRenderable text) =>
        grid.AddRow(new Text(step, Styles.Heading), new Text(time, Styles.Name), text);

    // A gateway of another version can name a part that it did not announce.
    private PartRow? Find(uint index) => index < _parts.Count ? _parts[(int)index] : null;

    private sealed class PartRow(uint length)
    {
        private readonly List<string> _replaced = [];
        private string _server = "";
        private string _state = "";
        private Style? _style;

        public string Time { get; private set; } = "";

        public void Set(string time, uint raidaId, string state, Style? style = null) =>
            (Time, _server, _state, _style) = (time, $"{raidaId}", state, style);

        public void Replace(string time, uint raidaId, string reason)
        {
            Set(time, raidaId, reason, Styles.Warning);
            _replaced.Add($"{raidaId} {reason}");
        }

        public Paragraph Render()
        {
            var text = new Paragraph($"{length,2} bytes  key server {_server,-2}  ").Append(SafeText.Of(_state), _style);
            return _replaced.Count == 0
                ? text
                : text.Append(SafeText.Of($"  ({string.Join(", ", _replaced)})"), Styles.Warning);
        }
    }
}
