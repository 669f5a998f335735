using Rke.V1;

namespace Rke.Cli;

/// <summary>Shows the steps of a session: a table that is drawn again on a screen, lines or JSON elsewhere.</summary>
internal sealed class SessionProgress(Terminal terminal, bool json)
{
    private readonly SessionTable _table = new();
    private readonly LiveTable? _screen =
        !json && terminal.Columns is { } columns ? new LiveTable(terminal.Out, columns) : null;

    public void Add(InitiateSessionStreamResponse message)
    {
        if (message.StepCase == InitiateSessionStreamResponse.StepOneofCase.Result)
        {
            return;
        }

        if (_screen is not null)
        {
            _table.Add(message);
            _screen.Draw(_table.Lines());
        }
        else
        {
            terminal.Out.WriteLine(json
                ? JsonText.WriteLine(SessionStepJson.Of(message))
                : PlainText.Of(SessionStepText.Of(message)));
        }
    }
}
