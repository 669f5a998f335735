using System.Xml.Linq;

namespace Rke.Architecture.Tests.Scanning;

/// <summary>What a .csproj says about itself and what it refers to.</summary>
internal sealed record ProjectFile(
    string Path,
    string Name,
    string AssemblyName,
    IReadOnlyList<string> ProjectReferences,
    IReadOnlyList<string> PackageReferences,
    XElement Xml)
{
    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal);

    /// <summary>The compiled assembly, beside the tests because they refer to every product project.</summary>
    public string AssemblyPath => System.IO.Path.Combine(AppContext.BaseDirectory, AssemblyName + ".dll");

    public static ProjectFile Parse(string path, string text)
    {
        var xml = XElement.Parse(text);
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        return new ProjectFile(
            path,
            name,
            xml.Descendants("AssemblyName").SingleOrDefault()?.Value ?? name,
            Includes(xml, "ProjectReference")
                .Select(include => System.IO.Path.GetFileNameWithoutExtension(include.Replace('\\', '/')))
                .ToArray(),
            Includes(xml, "PackageReference").ToArray(),
            xml);
    }

    public override string ToString() => Name;

    private static IEnumerable<string> Includes(XElement xml, string item) =>
        xml.Descendants(item).Select(element => (string?)element.Attribute("Include")).OfType<string>();
}
