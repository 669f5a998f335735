namespace Rke.Readme.Tests;

/// <summary>Python's stubs, made as the README says, in a folder of their own.</summary>
internal static class Stubs
{
    public static string Folder { get; } = Directory.CreateTempSubdirectory("rke-stubs-").FullName;

    /// <summary>Where the examples find their libraries.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PYTHONPATH"] = Folder,
        ["NODE_PATH"] = "tests/polyglot/node/node_modules",
    };

    public static Task MakeAsync() => ToolRun.OutputAsync(
        "sh",
        [
            "-c",
            $"protoc -I protos --python_out={Folder} --grpc_out={Folder} "
            + "--plugin=protoc-gen-grpc=$(command -v grpc_python_plugin) rke/v1/rke.proto",
        ]);
}
