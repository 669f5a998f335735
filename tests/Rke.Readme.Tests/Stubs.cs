namespace Rke.Readme.Tests;

/// <summary>Python's stubs, made as the README says, in a folder of their own.</summary>
internal static class Stubs
{
    public static string Folder { get; } = Directory.CreateTempSubdirectory("rke-stubs-").FullName;

    public static Task MakeAsync() => Command.RunAsync(
        "sh",
        "-c",
        $"protoc -I protos --python_out={Folder} --grpc_out={Folder} "
        + "--plugin=protoc-gen-grpc=$(command -v grpc_python_plugin) rke/v1/rke.proto");
}
