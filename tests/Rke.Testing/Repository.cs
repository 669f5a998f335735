namespace Rke.Testing;

/// <summary>Where this repository's files are.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Rke.Gateway.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("Run the tests from within the repository.");
    }
}
