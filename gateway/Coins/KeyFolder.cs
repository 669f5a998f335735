using System.Security.Cryptography;
using Rke.Gateway.Reload;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// The folder of RAIDA key files. An entry that cannot be used does not affect the others. The log and <c>/readyz</c> report it,
/// and the coins of its last valid version stay.
/// </summary>
internal sealed class KeyFolder(string path, CoinStore coinStore, ReloadMeter reloads, ILogger<KeyFolder> logger)
{
    // A file that changed in so many checks is reported.
    private const int MaxChanges = 20;

    private readonly Dictionary<string, HashSet<(ushort Network, CoinId Id)>> _lastValid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _read = new(StringComparer.Ordinal);
    private Dictionary<string, (string Stamp, int Changes)>? _seen;
    private IReadOnlyList<string> _invalid = [];

    /// <summary>The current problems. Each names the file and the fix.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <summary>
    /// Checks the folder, and reads the files if one was added, changed or removed. A program may write a file in several
    /// steps, so a file takes part when two checks find the same stamp. The first check reads all files. Not thread-safe.
    /// </summary>
    /// <param name="retry">Reads invalid files again, even if nothing has changed.</param>
    /// <returns>False if a file is changing. Then check the folder again.</returns>
    public bool Refresh(bool retry = false)
    {
        try
        {
            var files = Directory.GetFiles(path)
                .Where(file => Path.GetFileName(file) is [not '.', ..])
                .Order(StringComparer.Ordinal)
                .ToArray();
            var changing = Check(files);
            if ((retry && Problems.Count > 0) || _seen!.Any(file => !changing.Contains(file.Key) && IsUnread(file.Key)))
            {
                Read(files, changing);
            }

            Report([.. _invalid, .. changing.Where(file => _seen![file].Changes >= MaxChanges).Select(NeverRead)]);
            return changing.Count == 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The loaded coins stay until the folder is readable again.
            Problems = [$"The folder '{path}' cannot be read: {exception.Message}"];
            Log.KeyFolderUnreadable(logger, path, exception.Message);
            reloads.OnRead(ReloadMeter.Keys, isApplied: false);
            return true;
        }
    }

    // Returns the files that have changed since the last check. Removed files count, because a program may replace a file in two
    // steps.
    private HashSet<string> Check(string[] files)
    {
        var changing = new HashSet<string>(StringComparer.Ordinal);
        var next = new Dictionary<string, (string Stamp, int Changes)>(StringComparer.Ordinal);
        foreach (var file in files.Union(_read.Keys, StringComparer.Ordinal))
        {
            var stamp = FileStamp.Of(file);
            var (before, changes) = _seen is null ? (stamp, 0) : _seen.GetValueOrDefault(file);
            next[file] = stamp == before ? (stamp, 0) : (stamp, changes + 1);
            if (stamp != before)
            {
                changing.Add(file);
            }
        }

        _seen = next;
        return changing;
    }

    private bool IsUnread(string file) => _read.GetValueOrDefault(file) != _seen![file].Stamp;

    private void Read(string[] files, HashSet<string> changing)
    {
        var problems = new List<string>();
        var coins = new Dictionary<(ushort Network, CoinId Id), LoadedCoin>();
        var isChanged = false;
        foreach (var file in files.Union(changing, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            if (changing.Contains(file))
            {
                KeepLastValid(coins, name);
                continue;
            }

            isChanged |= IsUnread(file);
            _read[file] = _seen![file].Stamp;
            if (ReadFile(file, name, out var problem) is { } found)
            {
                _lastValid[name] = [.. found.Select(coin => (coin.Network, coin.Id))];
                Merge(coins, found, name, problems);
            }
            else
            {
                problems.Add(problem);
                KeepLastValid(coins, name);
            }
        }

        foreach (var gone in _read.Keys.Except(files, StringComparer.Ordinal).Except(changing, StringComparer.Ordinal).ToArray())
        {
            isChanged = true;
            _read.Remove(gone);
            _lastValid.Remove(Path.GetFileName(gone));
        }

        var snapshot = coinStore.Replace(coins.Values);
        if (isChanged || !problems.SequenceEqual(_invalid, StringComparer.Ordinal))
        {
            reloads.OnRead(ReloadMeter.Keys, isApplied: problems.Count == 0);
            Log.KeysLoaded(logger, snapshot.Coins.Count, files.Length - problems.Count, path);
        }

        _invalid = problems;
    }

    private void Report(List<string> problems)
    {
        foreach (var problem in problems.Except(Problems, StringComparer.Ordinal))
        {
            Log.KeyFileRefused(logger, problem);
        }

        Problems = problems;
    }

    private static string NeverRead(string file) =>
        $"'{Path.GetFileName(file)}' changes all the time, so it is not read; write it in one step, or move it to another folder.";

    private static IReadOnlyList<LoadedCoin>? ReadFile(string file, string name, out string problem)
    {
        if (RegularFile.TryRead(file, KeyFileReader.MaxLength, out problem) is not { } bytes)
        {
            problem = $"'{name}' {problem}. If it is not a key file, remove it from the folder.";
            return null;
        }

        try
        {
            return KeyFileReader.TryRead(name, bytes, out problem);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void Merge(
        Dictionary<(ushort Network, CoinId Id), LoadedCoin> coins,
        IReadOnlyList<LoadedCoin> found,
        string name,
        List<string> problems)
    {
        foreach (var coin in found)
        {
            if (coins.TryAdd((coin.Network, coin.Id), coin))
            {
                continue;
            }

            if (!coins[(coin.Network, coin.Id)].IsSameAs(coin))
            {
                problems.Add($"'{name}' has other numbers for coin {coin.Id} than an earlier file; remove one of the two files.");
            }

            coin.Release();
        }
    }

    private void KeepLastValid(Dictionary<(ushort Network, CoinId Id), LoadedCoin> coins, string name)
    {
        foreach (var key in _lastValid.GetValueOrDefault(name, []))
        {
            if (coinStore.Of(key.Network).Find(key.Id) is { } coin)
            {
                coins.TryAdd(key, coin);
            }
        }
    }
}
