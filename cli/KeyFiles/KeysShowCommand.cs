using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Rke.Wire;

namespace Rke.Cli;

/// <summary><c>rkectl keys show</c> prints the content of key files, without authenticity numbers.</summary>
internal static class KeysShowCommand
{
    private const UnixFileMode OwnerModes = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var paths =
            new Argument<string[]>("file") { Description = "Key files of format 9 or A.", Arity = ArgumentArity.OneOrMore };
        var command = new Command(
            "show", "Show the format, network and coins of key files. Authenticity numbers are not printed.") { paths };
        command.SetAction(parsed =>
        {
            var reports = new JsonArray();
            var refused = new List<FieldFailure>();
            var files = parsed.GetRequiredValue(paths);
            foreach (var path in files)
            {
                try
                {
                    Show(path, terminal, parsed.GetValue(json) ? reports : null, refused);
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

    private static void Show(string path, Terminal terminal, JsonArray? reports, List<FieldFailure> refused)
    {
        var bytes = InputFile.Read(path, terminal, KeyFile.MaxLength);
        var read = KeyFile.TryRead(bytes, out var keyFile, out var error);
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
                ["format"] = Format(keyFile),
                ["network"] = keyFile.Network,
                ["coins"] = keyFile.Coins.Count,
                ["ranges"] = coins,
                ["private"] = isPrivate,
            });
            return;
        }

        new Report()
            .Add("file", path)
            .Add("format", Format(keyFile))
            .Add("network", keyFile.Network)
            .Add("coins", keyFile.Coins.Count)
            .Add("ranges", coins)
            .Add("private", isPrivate ? "yes" : $"no: other users can read it; run 'chmod 600 {path}'")
            .Write(terminal, json: false);
    }

    private static string Format(KeyFile file) => file.Format == KeyFileFormat.A ? "A" : "9";

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
