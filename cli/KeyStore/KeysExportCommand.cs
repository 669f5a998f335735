using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Rke.Wire;

namespace Rke.Cli;

/// <summary><c>rkectl keys export</c> writes keys of the store to a new file for another program.</summary>
internal static class KeysExportCommand
{
    private const string Hex = "hex";
    private const string Raw = "raw";
    private const string Base64 = "base64";
    private const string Nine = "9";
    private const string Json = "json";
    private const string Lines = "lines";

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var names = new Argument<string[]>("name")
        {
            Description = "The name of a peer, or the names of coins of one network (NETWORK/DN/SN).",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--out")
        {
            Description = "The new file, with mode 0600. It must not exist.",
            HelpName = "file",
            Required = true,
        };
        var form = new Option<string?>("--as")
        {
            Description = "hex, raw or base64 for an encryption key (default hex). 9, json or lines for coins (default 9); json and lines have "
                + "one coin.",
        };
        form.AcceptOnlyFromAmong(Hex, Raw, Base64, Nine, Json, Lines);
        var storeOption = StoreOption.Create();
        var command = new Command("export", "Write keys of the key store to a new file.") { names, output, form, storeOption };
        command.SetAction(parsed =>
        {
            var store = StoreOption.Read(parsed, storeOption);
            var entries = new List<StoreEntry>();
            try
            {
                foreach (var name in parsed.GetRequiredValue(names))
                {
                    entries.Add(store.Find(name).Usable());
                }

                var (content, shown) = entries is [{ Key: { } key }]
                    ? WriteKey(key, parsed.GetValue(form) ?? Hex)
                    : WriteCoins(entries, parsed.GetValue(form) ?? Nine);
                using var file = SecretFile.Create(parsed.GetRequiredValue(output));
                file.Write(content);
                CryptographicOperations.ZeroMemory(content);
                new Report()
                    .Add("file", parsed.GetRequiredValue(output))
                    .Add("as", shown)
                    .Add("keys", entries.Count)
                    .Write(terminal, parsed.GetValue(json));
                return (int)ExitCode.Ok;
            }
            finally
            {
                entries.ForEach(entry => entry.Dispose());
            }
        });
        return command;
    }

    private static (byte[] Content, string Form) WriteKey(StoredKey key, string form) => form switch
    {
        Hex => (Encoding.ASCII.GetBytes(HexText.Of(key.Key) + "\n"), form),
        Raw => ((byte[])key.Key.Clone(), form),
        Base64 => (Encoding.ASCII.GetBytes(Convert.ToBase64String(key.Key) + "\n"), form),
        _ => throw new FailureException(ExitCode.Usage, $"--as {form} is for coins.", "Use hex, raw or base64 for an encryption key."),
    };

    private static (byte[] Content, string Form) WriteCoins(List<StoreEntry> entries, string form)
    {
        if (entries.Exists(entry => entry.Coin is null) || entries.DistinctBy(entry => entry.Coin!.Network).Count() > 1)
        {
            throw new FailureException(
                ExitCode.Usage, "A file has one encryption key, or coins of one network.", "Export other keys to further files.");
        }

        var coins = entries.DistinctBy(entry => entry.Name).Select(entry => entry.Coin!.Coins[0]).ToArray();
        if (form == Nine)
        {
            return (KeyFile.WriteFormat9(entries[0].Coin!.Network, coins), form);
        }

        if (form is not (Json or Lines) || coins.Length > 1)
        {
            throw new FailureException(
                ExitCode.Usage,
                form is Json or Lines ? $"--as {form} has one coin." : $"--as {form} is for an encryption key.",
                "Use --as 9 for several coins.");
        }

        var numbers = StoreShow.Numbers(coins[0]);
        var text = form == Lines
            ? string.Concat(numbers.Select(number => $"{(string)number!}\n"))
            : JsonText.Write(new JsonObject
            {
                ["denomination"] = coins[0].Id.Denomination,
                ["serial_number"] = coins[0].Id.SerialNumber,
                ["ans"] = numbers,
            }) + "\n";
        return (Encoding.ASCII.GetBytes(text), form);
    }
}
