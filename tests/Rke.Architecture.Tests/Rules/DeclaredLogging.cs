using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests.Rules;

/// <summary>Log messages are declared with [LoggerMessage] in one class Log a project, each with its own stable id.</summary>
internal static class DeclaredLogging
{
    public static IEnumerable<string> Violations(AssemblyFacts assembly)
    {
        foreach (var member in assembly.ReferencedMembers)
        {
            if (member.StartsWith("Microsoft.Extensions.Logging.LoggerExtensions::Log", StringComparison.Ordinal))
            {
                yield return $"calls {member}; declare the message in Log.cs";
            }
        }

        foreach (var message in assembly.LogMessages)
        {
            if (message.DeclaringType.Split('.')[^1] != "Log")
            {
                yield return $"{message.DeclaringType}.{message.Method} is declared outside the class Log";
            }

            if (message.EventId is null)
            {
                yield return $"{message.DeclaringType}.{message.Method} has no event id";
            }
        }

        foreach (var type in assembly.LogMessages.Select(message => message.DeclaringType).Distinct().Skip(1))
        {
            yield return $"{type} is a second class with log messages";
        }

        var shared = assembly.LogMessages.Where(message => message.EventId is not null)
            .GroupBy(message => message.EventId)
            .Where(messages => messages.Count() > 1);
        foreach (var messages in shared)
        {
            yield return $"event id {messages.Key} is shared by {string.Join(", ", messages.Select(m => m.Method))}";
        }
    }
}
