namespace Rke.Testing;

/// <summary>The working tree that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file or folder, from its parts below the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Read(string path) => File.ReadAllText(PathOf(path));

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Rke.Gateway.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException(
            $"Rke.Gateway.sln is in no folder above {AppContext.BaseDirectory}. Run the tests inside the repository.");
    }
}
