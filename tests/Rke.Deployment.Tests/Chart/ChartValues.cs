using System.Text.Json.Nodes;

namespace Rke.Deployment.Tests.Chart;

/// <summary>Values to render with.</summary>
internal static class ChartValues
{
    /// <summary>The least that an operator writes: key servers, keys, Redis.</summary>
    public static JsonObject Least() => Parse("""
        {
          "networks": [{ "id": 6, "servers": { "0": "192.0.2.10:50000", "14": "[2001:db8::7]:50014" } }],
          "keys": { "secretName": "rke-keys" },
          "redis": { "endpoints": ["192.0.2.9:6379"] }
        }
        """);

    public static JsonObject Development() => Parse("""
        { "keyServers": { "enabled": true }, "redis": { "development": { "enabled": true } } }
        """);

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>Puts the second over the first; objects are merged, everything else replaced.</summary>
    public static JsonObject With(this JsonObject values, string json)
    {
        Merge(values, Parse(json));
        return values;
    }

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (key, value) in from)
        {
            if (value is JsonObject inner && into[key] is JsonObject old)
            {
                Merge(old, inner);
            }
            else
            {
                into[key] = value?.DeepClone();
            }
        }
    }
}
