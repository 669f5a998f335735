using System.Globalization;
using System.Text;
using Google.Protobuf;

namespace Rke.Gateway.Tests.Observability;

/// <summary>A span in OTLP, with the fields that tests use.</summary>
internal sealed record OtlpSpan(string TraceId, string Id, string ParentId, string Name)
{
    public const ulong Internal = 1;
    public const ulong Server = 2;
    public const ulong Client = 3;

    private const int ResourceSpans = 1;
    private const int ScopeSpans = 2;
    private const int Spans = 2;
    private const int SpanAttributes = 9;
    private const int SpanEvents = 11;
    private const int SpanStatus = 15;

    public required ulong Kind { get; init; }

    public required IReadOnlyDictionary<string, string> Attributes { get; init; }

    public required IReadOnlyList<(string Name, IReadOnlyDictionary<string, string> Attributes)> Events { get; init; }

    public required bool IsError { get; init; }

    /// <summary>Empty if there is none.</summary>
    public string this[string attribute] => Attributes.GetValueOrDefault(attribute, "");

    /// <summary>The spans of an ExportTraceServiceRequest.</summary>
    public static IEnumerable<OtlpSpan> ReadAll(byte[] request) =>
        from resource in Fields(request, ResourceSpans)
        from scope in Fields(resource, ScopeSpans)
        from span in Fields(scope, Spans)
        select new OtlpSpan(Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5))
        {
            Kind = Number(span, 6),
            Attributes = ReadAttributes(span, SpanAttributes),
            Events = [.. Fields(span, SpanEvents).Select(each => (Text(each, 2), ReadAttributes(each, 3)))],
            IsError = Fields(span, SpanStatus).Any(status => Number(status, 3) == 2),
        };

    /// <summary>The bytes of every length-delimited field with a number.</summary>
    public static IEnumerable<byte[]> Fields(byte[] message, int number)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (tag == WireFormat.MakeTag(number, WireFormat.WireType.LengthDelimited))
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }

    private static ulong Number(byte[] message, int number)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (tag == WireFormat.MakeTag(number, WireFormat.WireType.Varint))
            {
                return input.ReadUInt64();
            }

            input.SkipLastField();
        }

        return 0;
    }

    // KeyValue: key 1, value 2; AnyValue: text 1, number 3.
    private static Dictionary<string, string> ReadAttributes(byte[] message, int number) =>
        Fields(message, number).ToDictionary(pair => Text(pair, 1), pair =>
        {
            var value = Fields(pair, 2).Single();
            return Fields(value, 1).Any() ? Text(value, 1) : Number(value, 3).ToString(CultureInfo.InvariantCulture);
        });

    private static string Text(byte[] message, int number) =>
        string.Concat(Fields(message, number).Select(Encoding.UTF8.GetString));

    private static string Hex(byte[] message, int number) => string.Concat(Fields(message, number).Select(Convert.ToHexString));
}
