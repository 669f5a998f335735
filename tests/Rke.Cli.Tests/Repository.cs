namespace Rke.Cli.Tests;

/// <summary>Where this repository's files are.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Rke.Gateway.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("Run the tests from within the repository.");
        }

        return folder.FullName;
    }
}
