using System.Text.Json.Nodes;

namespace Rke.Deployment.Tests.Image;

/// <summary>The image's sbom.cdx.json, in CycloneDX's JSON format.</summary>
internal sealed record BillOfMaterials(JsonNode Json)
{
    /// <summary>What the programs run with: <c>name@version</c>.</summary>
    public IReadOnlySet<string> Packages { get; } = Json["components"]!.AsArray()
        .Where(component => (string?)component!["scope"] == "required")
        .Select(component => $"{component!["name"]}@{component["version"]}")
        .ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The shared frameworks that are published with the programs: <c>name@version</c>.</summary>
    public IReadOnlySet<string> Frameworks { get; } = Json["metadata"]!["component"]!["components"]!.AsArray()
        .Select(component => $"{component!["name"]}@{component["version"]}")
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The packages of a program, as its deps.json lists them for the loader: <c>name@version</c>.</summary>
    public static IEnumerable<string> PackagesOf(JsonNode dependencies) =>
        dependencies["libraries"]!.AsObject()
            .Where(library => (string?)library.Value!["type"] == "package")
            .Select(library => library.Key.Replace('/', '@'));
}
