using System.Reflection.Metadata;

namespace Rke.Architecture.Tests.Scanning;

/// <summary>A method with [LoggerMessage]. Without an explicit id, <see cref="EventId"/> is null.</summary>
internal sealed record LogMessage(string DeclaringType, string Method, int? EventId)
{
    private const string Attribute = "Microsoft.Extensions.Logging.LoggerMessageAttribute";

    public static IEnumerable<LogMessage> On(MetadataReader metadata, MethodDefinition method)
    {
        foreach (var handle in method.GetCustomAttributes())
        {
            if (AssemblyFacts.AttributeName(metadata, handle) == Attribute)
            {
                yield return new LogMessage(
                    AssemblyFacts.TypeName(metadata, method.GetDeclaringType()),
                    metadata.GetString(method.Name),
                    ReadEventId(metadata.GetCustomAttribute(handle)));
            }
        }
    }

    private static int? ReadEventId(CustomAttribute attribute)
    {
        var value = attribute.DecodeValue(AttributeTypes.Instance);
        foreach (var named in value.NamedArguments)
        {
            if (named.Name == "EventId")
            {
                return (int?)named.Value;
            }
        }

        // LoggerMessageAttribute(int eventId, LogLevel level, string message)
        return value.FixedArguments.Length == 3 ? (int?)value.FixedArguments[0].Value : null;
    }
}
