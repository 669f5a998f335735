using System.CommandLine;
using System.Text.Json.Nodes;
using Rke.UdpBridge;

namespace Rke.Cli;

/// <summary><c>rkectl keys expire</c> deletes keys: those that are named, or all encryption keys whose time is over.</summary>
internal static class KeysExpireCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var names = new Argument<string[]>("name")
        {
            Description = "Names of peers or coins. Without names: all encryption keys whose time is over.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var storeOption = StoreOption.Create();
        var command = new Command("expire", "Delete keys of the key store. Their bytes are overwritten first.") { names, storeOption };
        command.SetAction(parsed =>
        {
            var store = StoreOption.Read(parsed, storeOption);
            var now = TimeOfDay.Now(TimeProvider.System);
            var named = parsed.GetValue(names) ?? [];

            // All names are found before the first key is deleted.
            var entries = named.Length > 0 ? named.Select(store.Find).ToArray() : [.. store.Entries().Where(entry => entry.Key?.IsExpired(now) == true)];
            var deleted = new JsonArray();
            foreach (var entry in entries)
            {
                using (entry)
                {
                    AtomicFile.Erase(entry.Path);
                    deleted.Add((JsonNode)entry.Name);
                }
            }

            new Report().Add("store", store.Folder).Add("deleted", deleted).Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
