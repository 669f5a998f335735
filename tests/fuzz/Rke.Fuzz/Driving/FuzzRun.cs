using System.Security.Cryptography;

namespace Rke.Fuzz.Driving;

/// <summary>
/// Runs a target with the corpus, and then with changed inputs. An input that reaches new edges joins the inputs that are
/// changed further. The run stops at the first failure.
/// </summary>
internal sealed class FuzzRun : IDisposable
{
    private static readonly TimeSpan HangCheck = TimeSpan.FromSeconds(1);

    private const int MinimizingAttempts = 2000;
    private const int ClockInterval = 64;

    private readonly FuzzTarget _target;
    private readonly FuzzOptions _options;
    private readonly Execution _execution;
    private readonly Findings _findings;
    private readonly CurrentInput _current;
    private readonly CoverageMap _coverage = CoverageMap.Create();
    private readonly List<byte[]> _corpus = [];
    private readonly ITimer _hangTimer;
    private long _executions;
    private long _lastSeen = -1;
    private int _quietChecks;

    public FuzzRun(FuzzTarget target, FuzzOptions options)
    {
        _target = target;
        _options = options;
        _execution = new(target);
        _findings = new(target, options.Folder);
        _current = new(_findings.Folder, target.MaxLength);
        _hangTimer = TimeProvider.System.CreateTimer(_ => CheckForHang(), null, HangCheck, HangCheck);
    }

    private string KeptFolder => Path.Combine(_findings.Folder, "corpus");

    /// <summary>Returns the exit code of the program.</summary>
    public int Run()
    {
        var started = TimeProvider.System.GetTimestamp();
        var seeds = ReadSeeds();
        foreach (var seed in seeds)
        {
            if (!TryExecute(seed, isKept: false))
            {
                return 1;
            }
        }

        var random = new Random(_options.Seed);
        var mutator = new Mutator(_target, random);
        while (!IsDone(started))
        {
            var input = mutator.Mutate(Choose(random), Choose(random));
            if (!TryExecute(input, isKept: true))
            {
                return 1;
            }
        }

        var elapsed = TimeProvider.System.GetElapsedTime(started);
        Console.WriteLine(
            $"{_target.Name}: {_executions} executions, {_coverage.Edges} edges, {seeds.Count} seeds, {_corpus.Count} inputs in the "
            + $"corpus, no failures ({elapsed.TotalSeconds:F1} s)");
        return 0;
    }

    /// <summary>Runs the target with the files of a command line. Returns the exit code of the program.</summary>
    public int Replay(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            if (!TryExecute(File.ReadAllBytes(path), isKept: false))
            {
                return 1;
            }

            Console.WriteLine($"{_target.Name}: passed: {path}");
        }

        return 0;
    }

    public void Dispose()
    {
        _hangTimer.Dispose();
        _current.Dispose();
    }

    private List<byte[]> ReadSeeds()
    {
        string[] folders = [Path.Combine(AppContext.BaseDirectory, "corpus", _target.Name), KeptFolder];
        var files = folders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            .Select(File.ReadAllBytes);
        return [.. _target.Seeds().Concat(files), []];
    }

    // Every second input is one of the latest, because the newest edges are the least explored. Of two, the shorter one is faster.
    private byte[] Choose(Random random)
    {
        var first = _corpus[random.Next(_corpus.Count)];
        var second = random.Next(2) == 0
            ? _corpus[random.Next(_corpus.Count)]
            : _corpus[^(1 + random.Next(Math.Min(16, _corpus.Count)))];
        return random.Next(4) == 0 || second.Length <= first.Length ? second : first;
    }

    private bool IsDone(long started) => _options.Executions is { } limit
        ? _executions >= limit
        : _executions % ClockInterval == 0 && TimeProvider.System.GetElapsedTime(started) >= _options.Time;

    private bool TryExecute(ReadOnlySpan<byte> input, bool isKept)
    {
        _current.Write(input);
        Interlocked.Increment(ref _executions);
        if (_execution.Run(input) is { } failure)
        {
            _findings.Report(failure.Kind, failure.Reason, Minimize(input.ToArray(), failure.Kind));
            return false;
        }

        if (_coverage.TakeNew() || _corpus.Count == 0)
        {
            _corpus.Add(input.ToArray());
            if (isKept)
            {
                Keep(input);
            }
        }

        return true;
    }

    private void Keep(ReadOnlySpan<byte> input)
    {
        Directory.CreateDirectory(KeptFolder);
        File.WriteAllBytes(Path.Combine(KeptFolder, Convert.ToHexStringLower(SHA256.HashData(input))[..16]), input);
    }

    // Removes blocks while the failure stays the same kind.
    private byte[] Minimize(byte[] input, string kind)
    {
        var attempts = 0;
        for (var size = input.Length / 2; size > 0; size /= 2)
        {
            for (var at = 0; at + size <= input.Length && attempts++ < MinimizingAttempts;)
            {
                byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(at + size)];
                _current.Write(shorter);
                Interlocked.Increment(ref _executions);
                if (_execution.Run(shorter)?.Kind == kind)
                {
                    input = shorter;
                }
                else
                {
                    at += size;
                }
            }
        }

        return input;
    }

    private void CheckForHang()
    {
        var executions = Interlocked.Read(ref _executions);
        _quietChecks = executions == _lastSeen ? _quietChecks + 1 : 0;
        _lastSeen = executions;
        if (executions > 0 && _quietChecks * HangCheck > _target.HangLimit)
        {
            _findings.Report("hang", $"An execution does not end within {_target.HangLimit.TotalSeconds} s.", _current.Read());
            _current.Dispose();
            Environment.Exit(1);
        }
    }
}
