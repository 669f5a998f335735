using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Rke.Wire;

namespace Rke.Cli;

/// <summary><c>rkectl keys show</c> prints the content of key files and of keys of the key store. It prints their bytes only with --reveal.</summary>
internal static class KeysShowCommand
{
    private const UnixFileMode OwnerModes = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var paths =
            new Argument<string[]>("file")
            {
                Description = "RAIDA key files, or names of the key store: a peer, or a coin as NETWORK/DN/SN.",
                Arity = ArgumentArity.OneOrMore,
            };
        var reveal = new Option<bool>("--reveal") { Description = "Print the bytes of keys of the key store." };
        var storeOption = StoreOption.Create();
        var command = new Command(
            "show", "Show key files, or keys of the key store. Authenticity numbers and keys are printed only with --reveal.")
        {
            paths, reveal, storeOption,
        };
        command.SetAction(parsed =>
        {
            var reports = new JsonArray();
            var refused = new List<FieldFailure>();
            var files = parsed.GetRequiredValue(paths);
            var store = StoreOption.Read(parsed, storeOption);
            foreach (var path in files)
            {
                try
                {
                    if (path != "-" && !Path.Exists(path) && store.TryFind(path) is { } entry)
                    {
                        using (entry)
                        {
                            Show(StoreShow.Of(entry, parsed.GetValue(reveal)), terminal, parsed.GetValue(json) ? reports : null);
                        }
                    }
                    else
                    {
                        Show(path, terminal, parsed.GetValue(json) ? reports : null, refused);
                    }
                }
                catch (Exception exception) when (files.Length > 1
                    && (exception is FailureException or IOException or UnauthorizedAccessException))
                {
                    refused.Add(new(path, exception.Message));
                }
            }

            if (parsed.GetValue(json))
            {
                terminal.Out.WriteLine(JsonText.Write(new JsonObject { ["files"] = reports }));
            }

            return refused.Count == 0
                ? (int)ExitCode.Ok
                : throw new FailureException(
                    new(ExitCode.Invalid, $"{refused.Count} of the files cannot be read.") { Fields = refused });
        });
        return command;
    }

    private static void Show(Report report, Terminal terminal, JsonArray? reports)
    {
        if (reports is null)
        {
            report.Write(terminal, json: false);
        }
        else
        {
            reports.Add((JsonNode)report.ToJson());
        }
    }

    private static void Show(string path, Terminal terminal, JsonArray? reports, List<FieldFailure> refused)
    {
        var bytes = InputFile.Read(path, terminal, KeyFile.MaxLength);
        var read = KeyFileImport.TryRead(Path.GetFileName(path), bytes, default, out var keyFile, out var error);
        CryptographicOperations.ZeroMemory(bytes);
        if (!read)
        {
            refused.Add(new(path, error.Describe(path)));
            return;
        }

        var coins = new JsonArray([.. Ranges(keyFile!.Coins.Select(coin => coin.Id))]);
        foreach (var coin in keyFile.Coins)
        {
            coin.Dispose();
        }

        var isPrivate = OperatingSystem.IsWindows() || path == "-"
            || (File.GetUnixFileMode(path) & ~OwnerModes) == UnixFileMode.None;
        if (reports is not null)
        {
            reports.Add((JsonNode)new JsonObject
            {
                ["file"] = path,
                ["format"] = keyFile.Format.ToText(),
                ["network"] = keyFile.Network,
                ["coins"] = keyFile.Coins.Count,
                ["ranges"] = coins,
                ["private"] = isPrivate,
            });
            return;
        }

        new Report()
            .Add("file", path)
            .Add("format", keyFile.Format.ToText())
            .Add("network", keyFile.Network)
            .Add("coins", keyFile.Coins.Count)
            .Add("ranges", coins)
            .Add("private", isPrivate ? "yes" : $"no: other users can read it; run 'chmod 600 {path}'")
            .Write(terminal, json: false);
    }

    /// <summary>Combines consecutive serial numbers into ranges.</summary>
    private static IEnumerable<JsonNode> Ranges(IEnumerable<CoinId> ids)
    {
        CoinId? first = null;
        var last = default(CoinId);
        foreach (var id in ids.OrderBy(id => id.Denomination).ThenBy(id => id.SerialNumber))
        {
            var follows = id.Denomination == last.Denomination && id.SerialNumber == last.SerialNumber + 1;
            if (first is { } start && !follows)
            {
                yield return Range(start, last);
                first = id;
            }

            first ??= id;
            last = id;
        }

        yield return Range(first!.Value, last);
    }

    private static JsonObject Range(CoinId first, CoinId last) => new()
    {
        ["denomination"] = first.Denomination,
        ["first_serial"] = first.SerialNumber,
        ["last_serial"] = last.SerialNumber,
    };
}
