using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// All package versions are in Directory.Packages.props. They must be exact, and a project must use each.
/// </summary>
internal static partial class PackageVersions
{
    public static IEnumerable<string> Violations(XElement central)
    {
        if (central.Descendants("ManagePackageVersionsCentrally").SingleOrDefault()?.Value != "true")
        {
            yield return "ManagePackageVersionsCentrally is not true";
        }

        var properties = central.Elements("PropertyGroup").Elements()
            .ToDictionary(element => $"$({element.Name.LocalName})", element => element.Value, StringComparer.Ordinal);
        foreach (var package in central.Descendants("PackageVersion"))
        {
            var version = (string?)package.Attribute("Version") ?? "";
            version = properties.GetValueOrDefault(version, version);
            if (!Exact().IsMatch(version))
            {
                yield return $"{(string?)package.Attribute("Include")}: '{version}' is not exact; write [x.y.z]";
            }
        }
    }

    /// <param name="path">The project or props file.</param>
    /// <param name="xml">Its content.</param>
    /// <param name="central">The names of the packages with a central version.</param>
    public static IEnumerable<string> Violations(string path, XElement xml, IReadOnlySet<string> central)
    {
        foreach (var reference in xml.Descendants("PackageReference"))
        {
            var name = (string?)reference.Attribute("Include") ?? (string?)reference.Attribute("Update") ?? "";
            if (reference.Attribute("Version") is not null
                || reference.Attribute("VersionOverride") is not null
                || reference.Elements().Any(child => child.Name.LocalName is "Version" or "VersionOverride"))
            {
                yield return $"{path}: {name} has a version of its own";
            }

            if (!central.Contains(name))
            {
                yield return $"{path}: {name} is not in Directory.Packages.props";
            }
        }
    }

    public static IEnumerable<string> Unused(IEnumerable<string> central, IEnumerable<XElement> users) =>
        central.Except(users.SelectMany(xml => xml.Descendants("PackageReference"))
                .Select(reference => (string?)reference.Attribute("Include") ?? ""))
            .Select(name => $"Directory.Packages.props: no project uses {name}");

    public static HashSet<string> Names(XElement central) =>
        central.Descendants("PackageVersion")
            .Select(element => (string?)element.Attribute("Include") ?? "")
            .ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"^\[\d+\.\d+\.\d+(\.\d+)?(-[0-9A-Za-z.-]+)?\]$", RegexOptions.ExplicitCapture)]
    private static partial Regex Exact();
}
