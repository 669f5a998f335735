namespace Rke.Testing;

/// <summary>
/// Host names for one program, in the format of /etc/hosts. The program runs in its own mount namespace, where a file with these
/// names replaces /etc/hosts. This needs root or a system that allows user namespaces.
/// </summary>
public sealed class HostNames : IDisposable
{
    private const string Run = "mount --bind \"$0\" /etc/hosts && exec dotnet \"$@\"";

    private readonly string _file = Path.GetTempFileName();

    public HostNames(string hosts) => File.WriteAllText(_file, hosts);

    public void Dispose() => File.Delete(_file);

    internal ServerProcess Start(string program, IEnumerable<string> arguments) => new(
        "unshare",
        [
            "--map-root-user", "--mount", "sh", "-c", Run, _file, Path.Combine(AppContext.BaseDirectory, $"{program}.dll"),
            .. arguments,
        ]);
}
