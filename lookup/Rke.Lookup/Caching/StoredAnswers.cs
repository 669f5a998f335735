using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Rke.Dns;

namespace Rke.Lookup.Caching;

/// <summary>Answers of one kind in the shared cache.</summary>
/// <param name="kind">The kind, which is a part of the cache key.</param>
/// <param name="cache">The shared cache.</param>
/// <param name="type">Returns the JSON format. It is expensive to create, and a start of the gateway does not need it.</param>
public sealed class StoredAnswers<T>(string kind, ISharedCache cache, Func<JsonTypeInfo<StoredAnswer<T>>> type)
{
    /// <summary>Returns null if the cache has no valid answer for the name. A stale answer has a negative TTL.</summary>
    public async ValueTask<(T Value, TimeSpan Ttl)?> FindAsync(DnsName name, CancellationToken cancellationToken)
    {
        if (await cache.FindAsync(KeyOf(name), cancellationToken) is not { } entry)
        {
            return null;
        }

        try
        {
            // The serializer does not check that a value of a generic type is not null.
            return JsonSerializer.Deserialize(entry.Value.Span, type()) is { Value: not null } answer
                ? (answer.Value, entry.Remaining - answer.StaleFor)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public ValueTask PutAsync(DnsName name, T value, TimeSpan ttl, TimeSpan staleFor) => cache.PutAsync(
        KeyOf(name),
        JsonSerializer.SerializeToUtf8Bytes(new StoredAnswer<T>(staleFor, value), type()),
        ttl + staleFor,
        CancellationToken.None);

    private string KeyOf(DnsName name) => $"name:{kind}:{name}";
}

/// <summary>An answer in the shared cache.</summary>
/// <param name="StaleFor">How long the answer stays in the cache after the end of its TTL.</param>
/// <param name="Value">The value.</param>
public sealed record StoredAnswer<T>(TimeSpan StaleFor, T Value);

/// <summary>The JSON format of answers in the shared cache. Answers in another format, from another version, are ignored.</summary>
[JsonSourceGenerationOptions(
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(AddressConverter)])]
[JsonSerializable(typeof(StoredAnswer<DomainRecords>))]
[JsonSerializable(typeof(StoredAnswer<IReadOnlyList<IPAddress>>))]
public sealed partial class StoredAnswersJson : JsonSerializerContext;

/// <summary>An IP address as text.</summary>
public sealed class AddressConverter : JsonConverter<IPAddress>
{
    public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && IPAddress.TryParse(reader.GetString(), out var address)
            ? address
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
