using System.Text.Json.Nodes;
using Spectre.Console;

namespace Rke.Cli;

/// <summary>The results of checks, in order: what is right, what is wrong, and what to do.</summary>
internal sealed class Diagnosis
{
    private readonly List<CheckResult> _results = [];

    private IEnumerable<CheckResult> Findings => _results.Where(result => result.Verdict is Verdict.Warning or Verdict.Problem);

    public ExitCode ExitCode => Findings.Any() ? ExitCode.Found : ExitCode.Ok;

    public bool Has(string check) => Findings.Any(result => result.Check == check);

    public void Good(string check, string text) => _results.Add(new(Verdict.Ok, check, text, null));

    /// <summary>Something that was not checked, or is not wrong for sure.</summary>
    public void Note(string check, string text) => _results.Add(new(Verdict.Note, check, text, null));

    /// <summary>Something that works now, or for some calls only.</summary>
    public void Warn(string check, string problem, string fix) => _results.Add(new(Verdict.Warning, check, problem, fix));

    public void Fail(string check, string problem, string fix) => _results.Add(new(Verdict.Problem, check, problem, fix));

    public void Fail(string check, Failure failure) => Fail(
        check, failure.Reason is null ? failure.Message : $"{failure.Message} [{failure.Reason}]", failure.Advice ?? "");

    public void Write(Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonText.Write(ToJson()));
            return;
        }

        var grid = new Grid().Add().Add().Add(gap: 0, wraps: true);
        foreach (var result in _results)
        {
            grid.AddRow(
                new Text(NameOf(result.Verdict), StyleOf(result.Verdict)), new Text(result.Check, Styles.Name), SafeText.Styled(result.Text));
            if (result.Fix is { Length: > 0 } fix)
            {
                grid.AddRow(Text.Empty, Text.Empty, SafeText.Styled(fix, Styles.Advice));
            }
        }

        terminal.Out.Write(grid);
        terminal.Out.Write(Summary());
    }

    private Text Summary()
    {
        var (problems, warnings) = (Count(Verdict.Problem), Count(Verdict.Warning));
        return problems + warnings == 0
            ? new Text("Everything is right.", Styles.Good)
            : new Text(
                $"{problems} {(problems == 1 ? "problem" : "problems")}, {warnings} {(warnings == 1 ? "warning" : "warnings")}.",
                problems > 0 ? Styles.Error : Styles.Warning);
    }

    private int Count(Verdict verdict) => _results.Count(result => result.Verdict == verdict);

    private JsonObject ToJson() => new()
    {
        ["ok"] = ExitCode == ExitCode.Ok,
        ["problems"] = Count(Verdict.Problem),
        ["warnings"] = Count(Verdict.Warning),
        ["results"] = new JsonArray([.. _results.Select(result => new JsonObject
        {
            ["result"] = NameOf(result.Verdict),
            ["check"] = result.Check,
            ["text"] = result.Text,
            ["fix"] = result.Fix,
        })]),
    };

    private static string NameOf(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    private static Style StyleOf(Verdict verdict) => verdict switch
    {
        Verdict.Ok => Styles.Good,
        Verdict.Warning => Styles.Warning,
        Verdict.Problem => Styles.Error,
        _ => Styles.Name,
    };

    private enum Verdict
    {
        Ok,
        Note,
        Warning,
        Problem,
    }

    private sealed record CheckResult(Verdict Verdict, string Check, string Text, string? Fix);
}
