using System.Xml.Linq;

namespace Rke.Architecture.Tests.Scanning;

/// <summary>The path, the name and the assembly name of a project.</summary>
internal sealed record ProjectFile(string Path, string Name, string AssemblyName)
{
    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal);

    public static ProjectFile Parse(string path, string text)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        return new(path, name, XElement.Parse(text).Descendants("AssemblyName").SingleOrDefault()?.Value ?? name);
    }
}
