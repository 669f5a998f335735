using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// Each feature declares its log messages with [LoggerMessage] in a class Log of its own namespace, with explicit event ids.
/// The ids of a class lie in one block of 100, which no other class uses. The logging source generator reports an id that a
/// class uses twice (SYSLIB1006), and BannedSymbols.txt forbids LoggerExtensions.
/// </summary>
internal static class DeclaredLogging
{
    private const int BlockLength = 100;

    private const BindingFlags Any =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Violations(IEnumerable<Type> types)
    {
        var classOfBlock = new Dictionary<int, Type>();
        foreach (var messages in types.SelectMany(MessagesOf).GroupBy(message => message.Method.DeclaringType!))
        {
            foreach (var (method, id) in messages)
            {
                if (messages.Key.Name != "Log")
                {
                    yield return $"{messages.Key}.{method.Name} is declared outside a class Log";
                }

                if (id == -1)
                {
                    yield return $"{messages.Key}.{method.Name} has no event id";
                }
            }

            var blocks = messages.Where(message => message.Id != -1).Select(message => message.Id / BlockLength).Distinct().ToArray();
            if (blocks.Length > 1)
            {
                yield return $"{messages.Key} uses several blocks of 100 event ids";
            }

            foreach (var block in blocks.Where(block => !classOfBlock.TryAdd(block, messages.Key)))
            {
                yield return $"{messages.Key} uses the event ids from {block * BlockLength}, as {classOfBlock[block]} does";
            }
        }
    }

    private static IEnumerable<(MethodInfo Method, int Id)> MessagesOf(Type type) =>
        from method in type.GetMethods(Any)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select (method, attribute.EventId);
}
