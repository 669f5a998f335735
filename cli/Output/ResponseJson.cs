using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Rke.V1;

namespace Rke.Cli;

/// <summary>Converts parts of responses to JSON for output.</summary>
internal static class ResponseJson
{
    public static JsonNode? Of(Coin? coin) =>
        coin is null ? null : JsonValue.Create($"{coin.Denomination}/{coin.SerialNumber}");

    public static JsonNode? Of(Endpoint? endpoint) => endpoint is null ? null
        : JsonValue.Create(endpoint.Host.Contains(':', StringComparison.Ordinal)
            ? $"[{endpoint.Host}]:{endpoint.Port}"
            : $"{endpoint.Host}:{endpoint.Port}");

    /// <summary>The format of protobuf JSON, such as 0.000825s.</summary>
    public static JsonNode? Of(Duration? duration) => duration is null ? null
        : JsonValue.Create(FormattableString.Invariant($"{duration.Seconds + (duration.Nanos / 1e9m):0.#########}s"));

    public static JsonNode? Of(Timestamp? time) => time is null ? null
        : JsonValue.Create(FormattableString.Invariant($"{time.ToDateTime():yyyy-MM-dd'T'HH:mm:ss.fffK}"));

    public static JsonArray Of(IEnumerable<uint> numbers) => new([.. numbers.Select(number => JsonValue.Create(number))]);

    public static JsonNode? Hex(Google.Protobuf.ByteString bytes) =>
        bytes.IsEmpty ? null : JsonValue.Create(HexText.Of(bytes.Span));
}
