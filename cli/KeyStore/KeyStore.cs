using System.Globalization;
using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>
/// The folder with the keys of one user (docs/CLI.md).
/// <code>
/// encryption/PEER.key             the key that this side shares with a peer
/// encryption/PEER.previous.key    the key before the last rotation
/// raida/NETWORK/DN.SN.bin         a coin, a RAIDA key file of format 9
/// </code>
/// </summary>
internal sealed class KeyStore(string folder)
{
    private const string Variable = "RKE_KEY_STORE";
    private const string Encryption = "encryption";
    private const string Raida = "raida";
    private const string KeyExtension = ".key";
    private const string Previous = ".previous";
    private const string CoinExtension = ".bin";
    private const int MaxNameLength = 64;
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Folder => folder;

    /// <summary>The folder of the environment variable, or the one of the user.</summary>
    public static string DefaultFolder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? named
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "rke", "keys");

    private string EncryptionFolder => Path.Combine(folder, Encryption);

    private string RaidaFolder => Path.Combine(folder, Raida);

    /// <summary>Whether the text is the name of a peer.</summary>
    public static bool IsPeer(string name) => name.Length is > 0 and <= MaxNameLength && name[0] != '.'
        && !name.EndsWith(Previous, StringComparison.OrdinalIgnoreCase)
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');

    /// <summary>Fails if the text is not the name of a peer.</summary>
    public static string CheckPeer(string name) => IsPeer(name) ? name : throw new FailureException(
        ExitCode.Usage,
        $"'{name}' is not the name of a peer.",
        $"A name has 1 to {MaxNameLength} letters, digits, dots, dashes and underscores, and does not end in {Previous}.");

    /// <summary>All entries. A damaged file is an entry with a problem.</summary>
    public IEnumerable<StoreEntry> Entries()
    {
        foreach (var path in FilesOf(EncryptionFolder, KeyExtension))
        {
            yield return ReadKey(path);
        }

        var networks = Directory.Exists(RaidaFolder) ? Directory.GetDirectories(RaidaFolder) : [];
        foreach (var path in networks.Order(StringComparer.Ordinal).SelectMany(network => FilesOf(network, CoinExtension)))
        {
            yield return ReadCoin(path);
        }
    }

    /// <summary>The entry with this name. Fails if there is none.</summary>
    public StoreEntry Find(string name) => TryFind(name) ?? throw new FailureException(
        ExitCode.NotFound,
        $"There is no key '{name}' in '{folder}'.",
        "'rkectl keys list' lists the keys. The name of a coin is NETWORK/DN/SN.");

    /// <summary>The entry with this name. Null if there is none.</summary>
    public StoreEntry? TryFind(string name)
    {
        var path = PathOf(name);
        return path is null || !File.Exists(path) ? null
            : path.EndsWith(KeyExtension, StringComparison.Ordinal) ? ReadKey(path)
            : ReadCoin(path);
    }

    /// <summary>Fails if the store cannot take the key of a peer. Call this before a session, because its key is handed out once.</summary>
    public void CheckWritable(string peer)
    {
        try
        {
            MakeFolder(Encryption);
            AtomicFile.CheckWritable(Path.Combine(EncryptionFolder, peer + KeyExtension));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(
                ExitCode.Usage,
                $"The key store '{folder}' cannot take a key: {exception.Message}",
                "Repair it, or give another folder with --store.");
        }
    }

    /// <summary>Adds the key of a peer, or replaces it. With a rotation, the old key stays as the previous one.</summary>
    public void Put(StoredKey key, DateTimeOffset? previousExpires = null)
    {
        MakeFolder(Encryption);
        var path = Path.Combine(EncryptionFolder, key.Peer + KeyExtension);
        if (previousExpires is { } expires && ReadKey(path).Key is { } old)
        {
            // Both files exist at every moment, and each has a whole key.
            WriteKey(Path.Combine(EncryptionFolder, key.Peer + Previous + KeyExtension), old with { Expires = old.Expires < expires ? old.Expires : expires });
        }

        WriteKey(path, key);
    }

    /// <summary>Adds a coin, or replaces it. Returns its name.</summary>
    public string Put(ushort network, CoinKeys coin)
    {
        var number = network.ToString(CultureInfo.InvariantCulture);
        var target = Path.Combine(RaidaFolder, number);
        MakeFolder(Raida, number);
        var content = KeyFile.WriteFormat9(network, [coin]);
        try
        {
            AtomicFile.Write(Path.Combine(target, FormattableString.Invariant($"{coin.Id.Denomination}.{coin.Id.SerialNumber}{CoinExtension}")), content);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }

        return NameOf(network, coin.Id);
    }

    public static string NameOf(ushort network, CoinId id) =>
        FormattableString.Invariant($"{network}/{id.Denomination}/{id.SerialNumber}");

    private static void WriteKey(string path, StoredKey key)
    {
        var content = key.Write();
        AtomicFile.Write(path, content);
        CryptographicOperations.ZeroMemory(content);
    }

    // Each new folder has the mode. CreateDirectory sets it only for the last one.
    private void MakeFolder(params string[] names)
    {
        var path = folder;
        foreach (var next in names.Select(name => path = Path.Combine(path, name)).Prepend(path))
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(next);
            }
            else
            {
                Directory.CreateDirectory(next, OwnerFolder);
            }
        }
    }

    private static string[] FilesOf(string path, string extension) => !Directory.Exists(path) ? []
        : [.. Directory.GetFiles(path, $"*{extension}").Where(file => Path.GetFileName(file)[0] != '.').Order(StringComparer.Ordinal)];

    private string? PathOf(string name)
    {
        var parts = name.Split('/');
        if (parts.Length == 3)
        {
            return ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var network)
                && sbyte.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var denomination)
                && uint.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var serial)
                ? Path.Combine(RaidaFolder, FormattableString.Invariant($"{network}"), FormattableString.Invariant($"{denomination}.{serial}{CoinExtension}"))
                : null;
        }

        var peer = name.EndsWith(Previous, StringComparison.Ordinal) ? name[..^Previous.Length] : name;
        return IsPeer(peer) ? Path.Combine(EncryptionFolder, name + KeyExtension) : null;
    }

    private static StoreEntry ReadKey(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var content = TryReadFile(path, StoredKey.MaxFileLength, out var problem);
        var key = content is null ? null : StoredKey.TryRead(content);
        CryptographicOperations.ZeroMemory(content);
        var peer = name.EndsWith(Previous, StringComparison.Ordinal) ? name[..^Previous.Length] : name;
        return new(name, path)
        {
            Key = key?.Peer == peer ? key : null,
            Problem = key is null ? problem ?? "the file is damaged" : key.Peer != peer ? $"the file has the key of {key.Peer}" : null,
        };
    }

    private static StoreEntry ReadCoin(string path)
    {
        var parts = Path.GetFileNameWithoutExtension(path).Split('.');
        var folder = Path.GetFileName(Path.GetDirectoryName(path)!);
        var name = $"{folder}/{string.Join('/', parts)}";
        var content = TryReadFile(path, KeyFile.MaxLength, out var problem);
        KeyFile? file = null;
        var error = KeyFileError.None;
        var isRead = content is not null && KeyFile.TryRead(content, out file, out error);
        CryptographicOperations.ZeroMemory(content);
        if (!isRead)
        {
            return new(name, path) { IsCoin = true, Problem = problem ?? error.Describe(Path.GetFileName(path)) };
        }

        var isNamed = file!.Coins.Count == 1 && NameOf(file.Network, file.Coins[0].Id) == name;
        return new(name, path)
        {
            IsCoin = true,
            Coin = isNamed ? file : null,
            Problem = isNamed ? null : "the file has another coin than its name",
        };
    }

    private static byte[]? TryReadFile(string path, int maxLength, out string? problem)
    {
        problem = null;
        try
        {
            return InputFile.Read(path, maxLength);
        }
        catch (Exception exception) when (exception is FailureException or IOException or UnauthorizedAccessException)
        {
            problem = exception.Message;
            return null;
        }
    }
}

/// <summary>One file of the store.</summary>
internal sealed record StoreEntry(string Name, string Path) : IDisposable
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public bool IsCoin { get; init; }

    /// <summary>The encryption key. Null for a coin, and if the file is damaged.</summary>
    public StoredKey? Key { get; init; }

    /// <summary>The file of the coin. Null for an encryption key, and if the file is damaged.</summary>
    public KeyFile? Coin { get; init; }

    /// <summary>Why the file cannot be used.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether other users can read or change the file.</summary>
    public bool IsOpen => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(Path) & Others) != UnixFileMode.None;

    /// <summary>The entry, if it is usable. Otherwise fails.</summary>
    public StoreEntry Usable() => Problem is null ? this : throw new FailureException(
        ExitCode.Invalid, $"The key '{Name}' cannot be used: {Problem}.", $"Restore '{Path}' from a backup, or delete it.");

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Key?.Key);
        foreach (var coin in Coin?.Coins ?? [])
        {
            coin.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"StoreEntry({Name}, redacted)";
}
