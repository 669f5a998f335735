using System.Text.Json.Serialization;

namespace Rke.Gateway.Json;

/// <summary>Writes texts as JSON strings.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class TextJson : JsonSerializerContext;
