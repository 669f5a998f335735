namespace Rke.Grpc.Interop.Tests;

/// <summary>What these tests use of the repository.</summary>
internal static class RepositoryPaths
{
    public static string Protos => Repository.PathOf("tests", "polyglot", "protos");

    public static string PythonClient => Repository.PathOf("tests", "polyglot", "python", "interop_client.py");

    public static string NodeFolder => Repository.PathOf("tests", "polyglot", "node");

    public static string Buf => Path.Combine(NodeFolder, "node_modules", ".bin", "buf");
}
