using System.CommandLine;

namespace Rke.Cli;

/// <summary><c>rkectl help COMMAND</c> shows the same as <c>rkectl COMMAND --help</c>.</summary>
internal static class HelpCommand
{
    public static Command Create(RootCommand root)
    {
        var words = new Argument<string[]>("command")
        {
            Description = "The words of a command, such as: session claim.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        words.CompletionSources.Add(context => Find(root, context.ParseResult.GetValue(words) ?? [])?.Subcommands.Select(command => command.Name) ?? []);
        var command = new Command("help", "Show the help of a command.") { words };
        command.SetAction((parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(words) ?? [];
            Command found = root;
            foreach (var word in path)
            {
                found = found.Subcommands.FirstOrDefault(sub => sub.Name == word) ?? throw new FailureException(
                    UsageFailure.UnknownWord(word, found.Subcommands.Select(sub => sub.Name), "rkectl help"));
            }

            return root.Parse([.. path, "--help"]).InvokeAsync(parsed.InvocationConfiguration, cancellationToken);
        });
        return command;
    }

    private static Command? Find(Command command, string[] words)
    {
        var found = command;
        foreach (var word in words)
        {
            found = found.Subcommands.FirstOrDefault(sub => sub.Name == word) ?? found;
        }

        return found;
    }
}
