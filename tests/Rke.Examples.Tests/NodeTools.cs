using System.Reflection;

namespace Rke.Examples.Tests;

/// <summary>The environment of programs that use buf, protoc and their plugins.</summary>
internal static class NodeTools
{
    private static readonly string GrpcTools = typeof(NodeTools).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "GrpcTools").Value!;

    public static string Buf { get; } = Repository.PathOf("tests/polyglot/node/node_modules/.bin/buf");

    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PATH"] = string.Join(
            ':',
            Repository.PathOf("tests/polyglot/node/node_modules/.bin"),
            System.Environment.GetEnvironmentVariable("PATH"),
            Path.Combine(GrpcTools, "tools/linux_x64")),
    };
}
