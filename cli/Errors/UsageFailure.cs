using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rke.Cli;

/// <summary>Explains a command line that cannot be parsed.</summary>
internal static class UsageFailure
{
    public static Failure Of(ParseResult parsed)
    {
        var command = parsed.CommandResult;
        var path = CommandPath.Of(command);
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            return UnknownWord(word, WordsOf(command, word), path);
        }

        if (command.Command is { Action: null, Subcommands.Count: > 0 })
        {
            return new(ExitCode.Usage, $"'{path}' needs a command: {string.Join(", ", command.Command.Subcommands.Select(sub => sub.Name))}.")
            {
                Advice = Advice(path),
            };
        }

        return new(ExitCode.Usage, string.Join(" ", parsed.Errors.Select(TextOf).Distinct())) { Advice = Advice(path) };
    }

    /// <summary>The failure for a word that is not one of the words that can stand in its place.</summary>
    public static Failure UnknownWord(string word, IEnumerable<string> words, string path)
    {
        var kind = word.StartsWith('-') ? "an option" : "a command or an argument";
        var near = Suggestion.For(word, words);
        return new(ExitCode.Usage, $"'{word}' is not {kind} of '{path}'.{(near is null ? "" : $" Did you mean '{near}'?")}")
        {
            Advice = Advice(path),
        };
    }

    private static string Advice(string path) => $"See '{path} --help'.";

    private static IEnumerable<string> WordsOf(CommandResult command, string word)
    {
        if (!word.StartsWith('-'))
        {
            return command.Command.Subcommands.Select(sub => sub.Name);
        }

        var options = command.Command.Options.AsEnumerable();
        for (var parent = command.Parent as CommandResult; parent is not null; parent = parent.Parent as CommandResult)
        {
            options = options.Concat(parent.Command.Options.Where(option => option.Recursive));
        }

        return options.Select(option => option.Name);
    }

    // The messages of System.CommandLine name types of .NET.
    private static string TextOf(ParseError error) => error switch
    {
        { SymbolResult: OptionResult { Option: var option }, Message: var text } when text.Contains("expected type", StringComparison.Ordinal) =>
            $"{option.Name} must be {ValueOf(option.ValueType)}.",
        { SymbolResult: ArgumentResult argument, Message: var text } when text.Contains("expected type", StringComparison.Ordinal) =>
            argument.Parent is OptionResult { Option: var option }
                ? $"{option.Name} must be {ValueOf(option.ValueType)}."
                : $"<{argument.Argument.Name}> must be {ValueOf(argument.Argument.ValueType)}.",
        { SymbolResult: ArgumentResult { Argument: var argument, Parent: CommandResult }, Message: var text }
            when text.StartsWith("Required argument", StringComparison.Ordinal) => $"<{argument.Name}> is missing.",
        { SymbolResult: CommandResult command, Message: var text } when text.StartsWith("Required argument", StringComparison.Ordinal) =>
            $"{string.Join(" ", command.Command.Arguments.Select(argument => $"<{argument.Name}>"))} is missing.",
        { SymbolResult: OptionResult { Option: var option }, Message: var text }
            when text.StartsWith("Required argument", StringComparison.Ordinal) => $"{option.Name} needs a value.",
        _ => error.Message,
    };

    private static string ValueOf(Type type)
    {
        var value = Nullable.GetUnderlyingType(type) ?? (type.IsArray ? type.GetElementType()! : type);
        return value == typeof(uint) ? $"a whole number from 0 to {uint.MaxValue}"
            : value == typeof(ushort) ? $"a whole number from 0 to {ushort.MaxValue}"
            : value == typeof(byte) ? $"a whole number from 0 to {byte.MaxValue}"
            : value == typeof(sbyte) ? $"a whole number from {sbyte.MinValue} to {sbyte.MaxValue}"
            : value == typeof(int) ? "a whole number"
            : value == typeof(bool) ? "true or false"
            : "another value";
    }
}
