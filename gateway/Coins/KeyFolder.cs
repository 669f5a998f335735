using System.Security.Cryptography;
using Rke.Gateway.Observability;
using Rke.Gateway.Translation.Keys;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// The folder of RAIDA key files. A bad file does not take the good ones down: its name and reason are logged and
/// shown, and the coins that it held when it was last good stay.
/// </summary>
internal sealed class KeyFolder(string path, CoinShelf shelf, ReloadMeter reloads, ILogger<KeyFolder> logger)
{
    private readonly Dictionary<string, HashSet<(ushort Network, CoinId Id)>> _lastGood = new(StringComparer.Ordinal);
    private string _stamp = "";

    /// <summary>What is wrong with files now; each names the file and the fix.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <summary>Reads all files again if any is new, gone or changed. For one caller at a time.</summary>
    public void Refresh()
    {
        try
        {
            var files = Directory.GetFiles(path)
                .Where(file => Path.GetFileName(file) is [not '.', ..])
                .Order(StringComparer.Ordinal)
                .ToArray();
            var stamp = string.Join('\n', files.Select(StampOf));
            if (stamp != _stamp)
            {
                Read(files);
                _stamp = stamp;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What was loaded stays until the folder can be read again.
            Problems = [$"The folder '{path}' cannot be read: {exception.Message}"];
            Log.KeyFolderUnreadable(logger, path, exception.Message);
            reloads.OnRead(ReloadMeter.Keys, isApplied: false);
            _stamp = "";
        }
    }

    // Kubernetes mounts links to links: the target's time and size count, and which target it is.
    private static string StampOf(string file)
    {
        var info = new FileInfo(file);
        var target = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
        return $"{file}|{target.FullName}|{target.Length}|{target.LastWriteTimeUtc.Ticks}";
    }

    private void Read(string[] files)
    {
        var problems = new List<string>();
        var coins = new Dictionary<(ushort Network, CoinId Id), KeyedCoin>();
        foreach (var file in files)
        {
            var name = Path.GetFileName(file);
            if (ReadFile(file, name, out var problem) is { } found)
            {
                _lastGood[name] = [.. found.Select(coin => (coin.Network, coin.Id))];
                Merge(coins, found, name, problems);
            }
            else
            {
                problems.Add(problem);
                Log.KeyFileRefused(logger, problem);
                KeepLastGood(coins, name);
            }
        }

        foreach (var gone in _lastGood.Keys.Except(files.Select(file => Path.GetFileName(file)!)).ToArray())
        {
            _lastGood.Remove(gone);
        }

        Problems = problems;
        var ring = shelf.Replace(coins.Values);
        reloads.OnRead(ReloadMeter.Keys, isApplied: problems.Count == 0);
        Log.KeysLoaded(logger, ring.Coins.Count, files.Length - problems.Count, path);
    }

    private static IReadOnlyList<KeyedCoin>? ReadFile(string file, string name, out string problem)
    {
        try
        {
            using var stream = File.OpenRead(file);
            if (stream.Length > KeyFileTranslation.MaxLength)
            {
                problem = $"'{name}' is longer than any RAIDA key file can be; take it out of the folder.";
                return null;
            }

            var bytes = GC.AllocateUninitializedArray<byte>((int)stream.Length, pinned: true);
            try
            {
                stream.ReadExactly(bytes);
                return KeyFileTranslation.TryRead(name, bytes, out problem);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(bytes);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"'{name}' cannot be read: {exception.Message}";
            return null;
        }
    }

    private void Merge(
        Dictionary<(ushort Network, CoinId Id), KeyedCoin> coins,
        IReadOnlyList<KeyedCoin> found,
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
                var problem = $"'{name}' holds coin {coin.Id} with other numbers than a file before it; keep one of the two.";
                problems.Add(problem);
                Log.KeyFileRefused(logger, problem);
            }

            coin.Release();
        }
    }

    private void KeepLastGood(Dictionary<(ushort Network, CoinId Id), KeyedCoin> coins, string name)
    {
        foreach (var key in _lastGood.GetValueOrDefault(name, []))
        {
            if (shelf.Of(key.Network).Find(key.Id) is { } coin)
            {
                coins.TryAdd(key, coin);
            }
        }
    }
}
