using System.CommandLine;
using System.Text.Json.Nodes;
using Rke.UdpBridge;
using Spectre.Console;

namespace Rke.Cli;

/// <summary><c>rkectl keys list</c> lists the keys of the store. A damaged file does not hide the others.</summary>
internal static class KeysListCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var storeOption = StoreOption.Create();
        var command = new Command("list", "List the keys of the key store, without their bytes.") { storeOption };
        command.SetAction(parsed =>
        {
            var now = TimeOfDay.Now(TimeProvider.System);
            var rows = new List<JsonObject>();
            var problems = new List<FieldFailure>();
            foreach (var entry in StoreOption.Read(parsed, storeOption).Entries())
            {
                using (entry)
                {
                    rows.Add(StoreReport.Row(entry, now));
                    if (entry.Problem is { } problem)
                    {
                        problems.Add(new(entry.Path, problem));
                    }
                }
            }

            if (parsed.GetValue(json))
            {
                new Report().Add("keys", new JsonArray([.. rows])).Write(terminal, json: true);
            }
            else
            {
                var grid = new Grid().Add().Add().Add().Add().Add(gap: 0).AddHeading("name", "kind", "state", "id", "expires");
                foreach (var row in rows)
                {
                    grid.AddRow(
                        SafeText.Styled(Text(row, "name"), Styles.Name),
                        SafeText.Styled(Text(row, "kind")),
                        SafeText.Styled(Text(row, "state")),
                        SafeText.Styled(Text(row, "id")),
                        SafeText.Styled(Text(row, "expires")));
                }

                terminal.Out.Write(grid);
            }

            return problems.Count == 0
                ? (int)ExitCode.Ok
                : throw new FailureException(
                    new(ExitCode.Invalid, $"{problems.Count} of the files cannot be used.") { Fields = problems });
        });
        return command;
    }

    private static string Text(JsonObject row, string name) => row[name]?.ToString() ?? "-";
}

/// <summary>What commands print about an entry of the store.</summary>
internal static class StoreReport
{
    public static JsonObject Row(StoreEntry entry, DateTimeOffset now) => new()
    {
        ["name"] = entry.Name,
        ["kind"] = entry.IsCoin ? "coin" : "encryption",
        ["state"] = entry.Problem is not null ? "damaged"
            : entry.Key?.IsExpired(now) == true ? "expired"
            : entry.IsOpen ? "open to other users"
            : "valid",
        ["id"] = entry.Key is { Id.Length: > 0 } key ? key.Id : null,
        ["created"] = entry.Key is { } made ? StoredKey.Text(made.Created) : null,
        ["expires"] = entry.Key?.Expires is { } expires ? StoredKey.Text(expires) : null,
    };
}
