using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// Log messages are declared with [LoggerMessage] in one class Log a project, each with an explicit id. That an id is used
/// once in a class is an error of the logging source generator (SYSLIB1006), and a call of LoggerExtensions one of
/// BannedSymbols.txt.
/// </summary>
internal static class DeclaredLogging
{
    private const BindingFlags Any =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Violations(IEnumerable<Type> types)
    {
        var messages = types.SelectMany(type => type.GetMethods(Any))
            .Select(method => (Method: method, Attribute: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(message => message.Attribute is not null)
            .ToArray();
        foreach (var (method, attribute) in messages)
        {
            if (method.DeclaringType!.Name != "Log")
            {
                yield return $"{method.DeclaringType}.{method.Name} is declared outside the class Log";
            }

            if (attribute!.EventId == -1)
            {
                yield return $"{method.DeclaringType}.{method.Name} has no event id";
            }
        }

        foreach (var type in messages.Select(message => message.Method.DeclaringType).Distinct().Skip(1))
        {
            yield return $"{type} is a second class with log messages";
        }
    }
}
