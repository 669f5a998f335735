using Microsoft.Extensions.Logging.Testing;

namespace Rke.Testing;

/// <summary>Log records as text.</summary>
public static class LogLines
{
    extension(FakeLogCollector logs)
    {
        /// <summary>One line for each record: level, event id, message, values, exception and scopes.</summary>
        public IReadOnlyList<string> Lines => [.. logs.GetSnapshot().Select(Describe)];
    }

    private static string Describe(FakeLogRecord record)
    {
        var values = string.Join(' ', (record.StructuredState ?? []).Select(pair => $"{pair.Key}={pair.Value}"));
        var scopes = string.Join(' ', record.Scopes);
        return $"{record.Level} {record.Id.Id} {record.Message} {values} {record.Exception} {scopes}";
    }
}
