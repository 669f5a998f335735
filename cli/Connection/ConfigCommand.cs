using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Rke.Cli;

/// <summary><c>rkectl config</c> keeps the addresses and TLS files of gateways under names.</summary>
internal static class ConfigCommand
{
    public static Command Create(Terminal terminal, Option<bool> json) => new(
        "config", "Keep the addresses and TLS files of gateways under names (contexts), and select one.")
    {
        List(terminal, json),
        Use(terminal, json),
        Set(terminal, json),
        Delete(terminal, json),
    };

    private static Command List(Terminal terminal, Option<bool> json)
    {
        var command = new Command("list", "List the contexts. The current one has a star.");
        command.SetAction(parsed =>
        {
            var contexts = Contexts.Read();
            if (parsed.GetValue(json))
            {
                new Report()
                    .Add("file", contexts.Path)
                    .Add("current", contexts.Current)
                    .Add("contexts", new JsonArray([.. contexts.All.Select(pair => ToJson(pair.Key, pair.Value))]))
                    .Write(terminal, json: true);
                return (int)ExitCode.Ok;
            }

            if (contexts.All.Count == 0)
            {
                terminal.Out.WriteLine("No contexts. 'rkectl config set NAME --gateway URL' makes one.");
                return (int)ExitCode.Ok;
            }

            var grid = new Grid().Add(gap: 1).Add().Add().Add(gap: 0).AddHeading("", "name", "gateway", "TLS files");
            foreach (var (name, context) in contexts.All)
            {
                var files = string.Join(
                    ", ", new[] { context.Authorities, context.Certificate, context.Key }.OfType<string>());
                grid.AddRow(
                    new Text(name == contexts.Current ? "*" : " ", Styles.Good),
                    SafeText.Styled(name),
                    SafeText.Styled(context.Gateway),
                    SafeText.Styled(files.Length > 0 ? files : "-"));
            }

            terminal.Out.Write(grid);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command Use(Terminal terminal, Option<bool> json)
    {
        var name = Name("The context for the commands that follow.");
        var command = new Command("use", "Select the context for the commands that follow.") { name };
        command.SetAction(parsed =>
        {
            var contexts = Contexts.Read();
            var context = contexts.Find(parsed.GetRequiredValue(name));
            contexts.Current = parsed.GetRequiredValue(name);
            contexts.Write();
            Write(terminal, parsed.GetValue(json), contexts.Current, context);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command Set(Terminal terminal, Option<bool> json)
    {
        var name = Name("The name of the context.");
        var gateway = new Option<string?>("--gateway", "-g") { Description = "The gateway's address, http:// or https://.", HelpName = "url" };
        var authorities = File("--cacert", "PEM file of the certificate authorities to trust.");
        var certificate = File("--cert", "PEM file of the client certificate.");
        var key = File("--key", "PEM file of the private key of --cert.");
        var command = new Command(
            "set", "Make a context, or change the values that are given. The first context becomes the current one.")
        {
            name, gateway, authorities, certificate, key,
        };
        command.SetAction(parsed =>
        {
            var contexts = Contexts.Read();
            var id = parsed.GetRequiredValue(name);
            var before = contexts.All.GetValueOrDefault(id);
            var address = parsed.GetValue(gateway) ?? before?.Gateway ?? throw new FailureException(
                ExitCode.Usage, $"The new context '{id}' needs --gateway.", "See 'rkectl config set --help'.");
            var context = new Context(
                GatewayOptions.Address(address).GetLeftPart(UriPartial.Authority),
                Value(parsed, authorities, before?.Authorities),
                Value(parsed, certificate, before?.Certificate),
                Value(parsed, key, before?.Key));
            contexts.Set(id, context);
            contexts.Current ??= id;
            contexts.Write();
            Write(terminal, parsed.GetValue(json), id, context);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command Delete(Terminal terminal, Option<bool> json)
    {
        var name = Name("The context to delete.");
        var command = new Command("delete", "Delete a context. Its TLS files stay.") { name };
        command.SetAction(parsed =>
        {
            var contexts = Contexts.Read();
            var context = contexts.Find(parsed.GetRequiredValue(name));
            contexts.Remove(parsed.GetRequiredValue(name));
            contexts.Write();
            Write(terminal, parsed.GetValue(json), parsed.GetRequiredValue(name), context);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Argument<string> Name(string description)
    {
        var argument = new Argument<string>("name") { Description = description };
        argument.CompletionSources.Add(context => ContextOption.Names(context.WordToComplete));
        return argument;
    }

    private static Option<string?> File(string name, string description) =>
        new(name) { Description = $"{description} '' = none.", HelpName = "file" };

    // A context is used in any folder.
    private static string? Value(ParseResult parsed, Option<string?> option, string? before) => parsed.GetValue(option) switch
    {
        null => before,
        "" => null,
        var path when System.IO.File.Exists(path) => Path.GetFullPath(path),
        var path => throw new FailureException(ExitCode.Usage, $"There is no file '{path}'.", $"Check the path of {option.Name}."),
    };

    private static void Write(Terminal terminal, bool json, string name, Context context) => new Report()
        .Add("context", name)
        .Add("gateway", context.Gateway)
        .Add("cacert", context.Authorities)
        .Add("cert", context.Certificate)
        .Add("key", context.Key)
        .Write(terminal, json);

    private static JsonObject ToJson(string name, Context context) => new()
    {
        ["name"] = name,
        ["gateway"] = context.Gateway,
        ["cacert"] = context.Authorities,
        ["cert"] = context.Certificate,
        ["key"] = context.Key,
    };
}

/// <summary>The option with the name of a context.</summary>
internal static class ContextOption
{
    public static Option<string?> Create()
    {
        var option = new Option<string?>("--context")
        {
            Description = $"The context with the gateway's address and TLS files ('rkectl config'). Environment variable: {Contexts.NameVariable}.",
            HelpName = "name",
        };
        option.CompletionSources.Add(context => Names(context.WordToComplete));
        return option;
    }

    /// <summary>The names of contexts that begin with a word.</summary>
    public static IEnumerable<string> Names(string word)
    {
        try
        {
            return Contexts.Read().All.Keys.Where(name => name.StartsWith(word, StringComparison.Ordinal));
        }
        catch (FailureException)
        {
            return [];
        }
    }
}
