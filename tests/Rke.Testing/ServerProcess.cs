using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Rke.Testing;

/// <summary>A program of this repository as a process of its own.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    /// <param name="name">The program's file, without .dll.</param>
    /// <param name="arguments">Its command line.</param>
    public ServerProcess(string name, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until so many lines match, and gives the matches.</summary>
    public async Task<IReadOnlyList<Match>> WaitForAsync(string pattern, int count = 1)
    {
        var matches = new List<Match>();
        await Eventually.IsTrueAsync(() =>
        {
            Assert.False(_process.HasExited, ToString());
            matches = [.. _lines
                .Select(line => Regex.Match(line, pattern, RegexOptions.ExplicitCapture, MatchLimit))
                .Where(match => match.Success)];
            return matches.Count >= count;
        });
        return matches;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public override string ToString() => string.Join('\n', _lines);

    private void Note(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
