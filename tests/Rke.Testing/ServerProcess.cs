using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Rke.Testing;

/// <summary>A program that runs during a test, and its output.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly string _program;
    private readonly Process _process;

    /// <param name="program">The program's name or path.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Variables in addition to those of this process.</param>
    public ServerProcess(
        string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        _program = program;
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The output so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a program of this repository.</summary>
    /// <param name="name">The program's file, without .dll.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Variables in addition to those of this process.</param>
    public static ServerProcess OfRepository(
        string name, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>>? environment = null) =>
        new("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{name}.dll"), .. arguments], environment);

    /// <summary>Waits until at least this many lines match, and returns the matches.</summary>
    public async Task<IReadOnlyList<Match>> WaitForAsync(string pattern, int count = 1)
    {
        IReadOnlyList<Match> matches = [];
        await UntilAsync(() => Task.FromResult((matches = Matches(pattern)).Count >= count));
        return matches;
    }

    /// <summary>Waits until the program is ready.</summary>
    /// <exception cref="InvalidOperationException">The program ended first.</exception>
    public Task UntilAsync(Func<Task<bool>> isReady, TimeSpan? within = null) => Eventually.IsTrueAsync(
        async () =>
        {
            var hasExited = HasExited;
            return await isReady()
                || (hasExited ? throw new InvalidOperationException($"{_program} ended.\n{this}") : false);
        },
        within ?? Patience);

    /// <summary>Sends a signal, such as TERM.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits until the program has ended, and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? within = null)
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(within ?? Patience);
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public override string ToString() => string.Join('\n', _lines);

    private List<Match> Matches(string pattern) =>
        [.. _lines
            .Select(line => Regex.Match(line, pattern, RegexOptions.ExplicitCapture, MatchLimit))
            .Where(match => match.Success)];

    private void Note(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
