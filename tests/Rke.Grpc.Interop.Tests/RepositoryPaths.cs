namespace Rke.Grpc.Interop.Tests;

internal static class RepositoryPaths
{
    private static readonly string Root = FindRoot();

    public static string Protos => Path.Combine(Root, "tests", "polyglot", "protos");

    public static string PythonClient => Path.Combine(Root, "tests", "polyglot", "python", "interop_client.py");

    public static string NodeFolder => Path.Combine(Root, "tests", "polyglot", "node");

    public static string Buf => Path.Combine(NodeFolder, "node_modules", ".bin", "buf");

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Rke.Gateway.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }
}
