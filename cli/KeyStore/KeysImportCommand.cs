using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Cli;

/// <summary><c>rkectl keys import</c> adds RAIDA keys of all formats in use, or an encryption key, to the key store.</summary>
internal static class KeysImportCommand
{
    private const int MaxKeyFileLength = 4 << 10;

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var files = new Argument<string[]>("file")
        {
            Description = "RAIDA key files. With --peer, one file with an encryption key: 64 hexadecimal digits, base64, or 32 bytes.",
            Arity = ArgumentArity.OneOrMore,
        };
        var peer = new Option<string?>("--peer")
        {
            Description = "Import the file as the encryption key that this side shares with this peer.",
            HelpName = "name",
        };
        var id = new Option<string>("--id")
        {
            Description = "The id of the encryption key, up to 128 characters.",
            HelpName = "text",
            DefaultValueFactory = _ => "",
        };
        var lifetime = StoreOption.Lifetime("--lifetime", "How long the encryption key may be used. Default: no limit.");
        var network = new Option<ushort?>("--network")
        {
            Description = "The network of files that do not name one. Default: 6, or the network in the name of a .key file.",
        };
        var coin = new Option<Coin?>("--coin")
        {
            Description = "The coin, as DN/SN, of a file with the authenticity numbers of one coin that does not name it.",
            HelpName = "dn/sn",
            CustomParser = OptionParsers.Coin,
        };
        var proposed = new Option<bool>("--proposed")
        {
            Description = "Import the proposed authenticity numbers (PAN) of files that have them, instead of the authenticity numbers.",
        };
        var fileKey = new Option<string?>("--file-key")
        {
            Description = "A file with the key that encrypts the coins of a file of format 9: 32 or 64 hexadecimal digits.",
            HelpName = "file",
        };
        var storeOption = StoreOption.Create();
        var command = new Command("import", "Import RAIDA key files, or an encryption key, into the key store.")
        {
            files, peer, id, lifetime, network, coin, proposed, fileKey, storeOption,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(peer) is not null && result.GetResult(files) is { Tokens.Count: > 1 })
            {
                result.AddError("With --peer, give one file.");
            }
        });
        command.SetAction(parsed =>
        {
            var store = StoreOption.Read(parsed, storeOption);
            if (parsed.GetValue(peer) is { } named)
            {
                ImportKey(store, KeyStore.CheckPeer(named), parsed.GetRequiredValue(files)[0], parsed.GetRequiredValue(id), parsed.GetValue(lifetime), terminal);
                using var entry = store.Find(named);
                StoreShow.Of(entry, reveals: false).Write(terminal, parsed.GetValue(json));
                return (int)ExitCode.Ok;
            }

            CoinId? hinted = parsed.GetValue(coin) is { } given ? new CoinId((sbyte)given.Denomination, given.SerialNumber) : null;
            var hints = new KeyFileHints(parsed.GetValue(network), hinted, parsed.GetValue(proposed));
            var imported = new JsonArray();
            var refused = new List<FieldFailure>();
            foreach (var path in parsed.GetRequiredValue(files))
            {
                try
                {
                    ImportCoins(store, path, hints, parsed.GetValue(fileKey), terminal, imported);
                }
                catch (Exception exception) when (exception is FailureException or IOException or UnauthorizedAccessException)
                {
                    refused.Add(new(path, exception.Message));
                }
            }

            new Report().Add("store", store.Folder).Add("imported", imported).Write(terminal, parsed.GetValue(json));
            return refused.Count == 0
                ? (int)ExitCode.Ok
                : throw new FailureException(
                    new(ExitCode.Invalid, $"{refused.Count} of the files cannot be imported.") { Fields = refused });
        });
        return command;
    }

    private static void ImportCoins(
        KeyStore store, string path, KeyFileHints hints, string? fileKey, Terminal terminal, JsonArray imported)
    {
        var bytes = InputFile.Read(path, terminal, KeyFile.MaxLength);
        try
        {
            if (KeyFileCipher.IsEncrypted(bytes))
            {
                Decrypt(bytes, path, fileKey, terminal);
            }

            if (!KeyFileImport.TryRead(Path.GetFileName(path), bytes, hints, out var file, out var error))
            {
                throw new FailureException(ExitCode.Invalid, error.Describe(path));
            }

            foreach (var coin in file.Coins)
            {
                using (coin)
                {
                    imported.Add((JsonNode)new JsonObject
                    {
                        ["name"] = store.Put(file.Network, coin),
                        ["file"] = path,
                        ["format"] = file.Format.ToText(),
                        ["proposed"] = file.HasProposed ? hints.UsesProposed ? "used" : "ignored" : null,
                    });
                }
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void Decrypt(byte[] bytes, string path, string? fileKey, Terminal terminal)
    {
        if (fileKey is null)
        {
            throw new FailureException(ExitCode.Invalid, $"'{path}' is encrypted: give its key with --file-key.");
        }

        var text = InputFile.Read(fileKey, terminal, MaxKeyFileLength);
        try
        {
            var problem = HexText.TryParse(Encoding.Latin1.GetString(text), out var key)
                ? KeyFileCipher.Decrypt(bytes, key) switch
                {
                    KeyFileDecryption.Done => null,
                    KeyFileDecryption.WrongKeyLength => $"its encryption needs a key of {2 * KeyFileCipher.KeyLengthOf(bytes)} hexadecimal digits",
                    KeyFileDecryption.WrongKey => "--file-key has another key: the hash in the file is different",
                    _ => "the decrypted bytes are no coins. Export the coins without encryption with the program that wrote the file",
                }
                : "--file-key must have hexadecimal digits";
            CryptographicOperations.ZeroMemory(key);
            if (problem is not null)
            {
                throw new FailureException(ExitCode.Invalid, $"'{path}' cannot be decrypted: {problem}.");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static void ImportKey(KeyStore store, string peer, string path, string id, TimeSpan? lifetime, Terminal terminal)
    {
        if (store.TryFind(peer) is not null)
        {
            throw new FailureException(
                ExitCode.Refused, $"There is a key of '{peer}' already.", "Delete it with 'rkectl keys expire', or give another name.");
        }

        if (id.Length > 128 || id.Any(char.IsControl))
        {
            throw new FailureException(ExitCode.Usage, "--id must be at most 128 characters without control characters.");
        }

        var bytes = InputFile.Read(path, terminal, MaxKeyFileLength);
        var key = ReadKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        if (key is null)
        {
            throw new FailureException(
                ExitCode.Invalid, $"'{path}' has no key of 32 bytes.", "The file has 64 hexadecimal digits, base64, or exactly 32 bytes.");
        }

        var now = TimeOfDay.Now(TimeProvider.System);
        store.Put(new StoredKey(peer, id, key, now, now + lifetime));
        CryptographicOperations.ZeroMemory(key);
    }

    private static byte[]? ReadKey(ReadOnlySpan<byte> file)
    {
        if (file.Length == StoredKey.KeyLength)
        {
            return file.ToArray();
        }

        var text = file.Trim(" \t\r\n"u8);
        if (HexText.TryParse(Encoding.Latin1.GetString(text), out var digits))
        {
            return digits.Length == StoredKey.KeyLength ? digits : null;
        }

        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Base64.DecodeFromUtf8(text, decoded, out _, out var length) == System.Buffers.OperationStatus.Done && length == StoredKey.KeyLength
            ? decoded[..length]
            : null;
    }
}

/// <summary>The names of formats in output.</summary>
internal static class KeyFileFormats
{
    public static string ToText(this KeyFileFormat format) => format switch
    {
        KeyFileFormat.Eight => "8",
        KeyFileFormat.Nine => "9",
        KeyFileFormat.A => "A",
        KeyFileFormat.B => "B",
        KeyFileFormat.Zero => "0",
        _ => format.ToString().ToLowerInvariant(),
    };
}
