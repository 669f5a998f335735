using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Rke.Gateway.Tests.Observability;

/// <summary>A scrape of /metrics: the value of every series by its name and labels.</summary>
internal sealed partial class Samples
{
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);

    private Samples(string text)
    {
        Text = text;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'))
        {
            var space = line.LastIndexOf(' ');
            _values.Add(Normalize(line[..space]), double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture));
        }
    }

    public string Text { get; }

    public IEnumerable<string> Names => _values.Keys;

    /// <summary>The type of every metric by its name.</summary>
    public IReadOnlyDictionary<string, string> Types => Text.Split('\n').Select(line => line.Split(' '))
        .Where(words => words is ["#", "TYPE", _, _]).ToDictionary(words => words[2], words => words[3], StringComparer.Ordinal);

    /// <summary>The value of a series. 0 if there is none. The order of labels does not matter.</summary>
    public double this[string series] => _values.GetValueOrDefault(Normalize(series));

    public static async Task<Samples> OfAsync(RunningGateway gateway)
    {
        using var response = await gateway.Http.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", $"{response.Content.Headers.ContentType}");
        return new(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The findings of promtool.</summary>
    public async Task<string> LintAsync()
    {
        using var promtool = Process.Start(new ProcessStartInfo("/usr/bin/promtool", ["check", "metrics"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await promtool.StandardInput.WriteAsync(Text);
        promtool.StandardInput.Close();
        var said = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        return promtool.ExitCode == 0 ? said : $"{said} (exit code {promtool.ExitCode})";
    }

    private static string Normalize(string series)
    {
        var name = series[..(series.IndexOf('{', StringComparison.Ordinal) is var brace and >= 0 ? brace : series.Length)];
        var labels = string.Join(',', Label().Matches(series).Select(match => match.Value).Order(StringComparer.Ordinal));
        return labels.Length > 0 ? $"{name}{{{labels}}}" : name;
    }

    [GeneratedRegex(@"\w+=""(?:[^""\\]|\\.)*""", RegexOptions.None, 1000)]
    private static partial Regex Label();
}
