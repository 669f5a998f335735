using System.Globalization;
using System.Text.Json;

namespace Rke.Gateway.Kme;

/// <summary>A Key request of the standard.</summary>
/// <param name="Number">The number of keys.</param>
/// <param name="Size">Their size in bits. Null for the default.</param>
internal sealed record KeyRequest(int Number, int? Size);

/// <summary>Reads requests. Each method throws <see cref="KmeException"/> for an invalid one.</summary>
internal static class KmeRequests
{
    private const string Number = "number";
    private const string Size = "size";
    private const string KeyId = "key_ID";
    private const string KeyIds = "key_IDs";
    private const string AdditionalSlaves = "additional_slave_SAE_IDs";
    private const string Mandatory = "extension_mandatory";
    private const string Optional = "extension_optional";

    /// <summary>Reads the query of GET enc_keys.</summary>
    public static KeyRequest KeyRequestOf(IQueryCollection query)
    {
        CheckNames(query.Keys, [Number, Size]);
        return new(NumberOf(query, Number) ?? 1, NumberOf(query, Size));
    }

    /// <summary>Reads the body of POST enc_keys.</summary>
    public static KeyRequest KeyRequestOf(JsonElement body)
    {
        CheckNames(PropertiesOf(body).Select(property => property.Name), [Number, Size, AdditionalSlaves, Mandatory, Optional]);
        if (ArrayOf(body, AdditionalSlaves) is { Length: > 0 })
        {
            throw KmeException.BadRequest($"{AdditionalSlaves} is not supported: max_SAE_ID_count is 0");
        }

        if (ObjectsOf(body, Mandatory) is { Length: > 0 } mandatory)
        {
            throw KmeException.BadRequest("not all extension_mandatory parameters are supported", [.. mandatory.Select(entry => entry.GetRawText())]);
        }

        ObjectsOf(body, Optional);
        return new(NumberOf(body, Number) ?? 1, NumberOf(body, Size));
    }

    /// <summary>Reads the query of GET dec_keys.</summary>
    public static IReadOnlyList<string> KeyIdsOf(IQueryCollection query)
    {
        CheckNames(query.Keys, [KeyId]);
        return query[KeyId] is [{ Length: > 0 } id] ? [id] : throw KmeException.BadRequest($"{KeyId} must be one key id; use POST for several");
    }

    /// <summary>Reads the body of POST dec_keys.</summary>
    public static IReadOnlyList<string> KeyIdsOf(JsonElement body)
    {
        CheckNames(PropertiesOf(body).Select(property => property.Name), [KeyIds, "key_IDs_extension"]);
        var entries = ObjectsOf(body, KeyIds);
        if (entries is not { Length: > 0 })
        {
            throw KmeException.BadRequest($"{KeyIds} must be an array with at least one object {{ \"{KeyId}\": … }}");
        }

        var ids = new List<string>(entries.Length);
        foreach (var entry in entries)
        {
            CheckNames(PropertiesOf(entry).Select(property => property.Name), [KeyId, "key_ID_extension"]);
            ids.Add(entry.TryGetProperty(KeyId, out var id) && id.ValueKind == JsonValueKind.String
                ? id.GetString()!
                : throw KmeException.BadRequest($"each element of {KeyIds} must have the string {KeyId}"));
        }

        return ids;
    }

    private static void CheckNames(IEnumerable<string> names, string[] known)
    {
        if (names.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw KmeException.BadRequest($"there is no parameter {Short(unknown)}; the parameters are {string.Join(", ", known)}");
        }
    }

    private static int? NumberOf(IQueryCollection query, string name) => !query.TryGetValue(name, out var values) ? null
        : values is [{ } text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw KmeException.BadRequest($"{name} must be one whole number");

    private static int? NumberOf(JsonElement body, string name) => !body.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 ? number
        : throw KmeException.BadRequest($"{name} must be a whole number");

    private static JsonElement.ObjectEnumerator PropertiesOf(JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? element.EnumerateObject()
        : throw KmeException.BadRequest("the body must be a JSON object");

    private static JsonElement[]? ArrayOf(JsonElement body, string name) => !body.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()]
        : throw KmeException.BadRequest($"{name} must be an array");

    private static JsonElement[]? ObjectsOf(JsonElement body, string name) =>
        ArrayOf(body, name) is not { } array ? null
        : Array.TrueForAll(array, element => element.ValueKind == JsonValueKind.Object) ? array
        : throw KmeException.BadRequest($"each element of {name} must be an object");

    // A response must not be long because a request has a long name.
    private static string Short(string name) => name.Length <= 64 ? name : $"{name[..64]}…";
}

/// <summary>A request that the KME does not fulfil: the error object of the standard.</summary>
internal sealed class KmeException : Exception
{
    private KmeException(int status, string message, IReadOnlyList<string> details)
        : base(message) => (Status, Details) = (status, details);

    public int Status { get; }

    /// <summary>JSON objects.</summary>
    public IReadOnlyList<string> Details { get; }

    public bool IsTemporary => Status == StatusCodes.Status503ServiceUnavailable;

    public static KmeException BadRequest(string message, IReadOnlyList<string>? details = null) =>
        new(StatusCodes.Status400BadRequest, message, details ?? []);

    public static KmeException Unauthorized(string message) => new(StatusCodes.Status401Unauthorized, message, []);

    public static KmeException Unavailable(string message) => new(StatusCodes.Status503ServiceUnavailable, message, []);

    public static KmeException Of(int status, string message) => new(status, message, []);
}
