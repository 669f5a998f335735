using System.Text.Json;

namespace Rke.Architecture.Tests.Rules;

/// <summary>Every project must have a packages.lock.json with a hash for every package.</summary>
internal static class LockFiles
{
    public const string Name = "packages.lock.json";

    public static IEnumerable<string> Missing(IReadOnlyCollection<string> files) =>
        files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(path => $"{Path.GetDirectoryName(path)}/{Name}")
            .Except(files)
            .Select(path => $"{path} is missing; run 'dotnet restore --force-evaluate' and commit it");

    public static IEnumerable<string> Violations(string path, string json)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var package in document.RootElement.GetProperty("dependencies").EnumerateObject()
                     .SelectMany(framework => framework.Value.EnumerateObject()))
        {
            if (package.Value.GetProperty("type").GetString() != "Project"
                && !package.Value.TryGetProperty("contentHash", out _))
            {
                yield return $"{path}: {package.Name} has no content hash";
            }
        }
    }
}
