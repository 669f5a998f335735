using System.Text.Json.Serialization;

namespace Rke.Grpc.Interop.Tests;

/// <summary>One line that a client prints.</summary>
public sealed record CaseResult(
    [property: JsonPropertyName("case")] string Case,
    [property: JsonPropertyName("ok")] bool Ok,
    [property: JsonPropertyName("detail")] string Detail);
