using Rke.V1;

namespace Rke.Cli;

/// <summary>Shows the steps of a session: a table on a terminal that is drawn again, lines or JSON elsewhere.</summary>
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
            return run(step => terminal.Out.WriteLine(PlainText.Of(SessionStepText.Of(step))));
        }

        var table = new SessionTable();
        return terminal.Out.DrawAsync(table.Render(), draw => run(step =>
        {
            table.Add(step);
            draw(table.Render());
        }));
    }
}
