using System.CommandLine.Parsing;

namespace Rke.Cli;

/// <summary>The names of a command and the commands above it.</summary>
internal static class CommandPath
{
    /// <summary>Such as <c>rkectl session claim</c>.</summary>
    public static string Of(CommandResult command)
    {
        var path = command.Command.Name;
        for (var parent = command.Parent as CommandResult; parent is not null; parent = parent.Parent as CommandResult)
        {
            path = $"{parent.Command.Name} {path}";
        }

        return path;
    }
}
