using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Rke.Gateway.Configuration;
using Rke.Gateway.Hosting;

namespace Rke.Gateway.Tests.Configuration;

/// <summary>
/// Generates the tables of docs/CONFIGURATION.md from the classes of options. The key is the path of the section and the name
/// of the property. The default is the value of a new instance, or the &lt;value&gt; of the comment. The meaning is the
/// &lt;summary&gt; of the comment. A table stands between two markers, and the first one names its classes.
/// </summary>
internal static partial class SettingsReference
{
    private static readonly Dictionary<Assembly, XDocument> Comments = [];

    /// <summary>The document with current tables.</summary>
    public static string Update(string document) => Table().Replace(document, match =>
    {
        var rows = match.Groups["classes"].Value.Split(", ").Select(SectionOf).SelectMany(RowsOf);
        return $"{match.Groups["start"]}\n| key | default | meaning |\n|---|---|---|\n{string.Join('\n', rows)}\n{match.Groups["end"]}";
    });

    /// <summary>The classes of options that the tables of the document show.</summary>
    public static IEnumerable<string> ClassesIn(string document) =>
        Table().Matches(document).SelectMany(match => match.Groups["classes"].Value.Split(", "));

    private static OptionsSection SectionOf(string name) => ConfigurationSections.All.Single(section => section.Type.Name == name);

    private static IEnumerable<string> RowsOf(OptionsSection section) => RowsOf(section.Type, section.Path);

    // A list of sections appears with its first element, and the servers of a network with server 14.
    private static IEnumerable<string> RowsOf(Type type, string path)
    {
        var options = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties().Where(property => property.CanWrite))
        {
            var key = $"{path}:{property.Name}";
            var value = property.GetValue(options);
            if (value is ISectionList)
            {
                foreach (var row in RowsOf(property.PropertyType.GetGenericArguments()[0], $"{key}:0"))
                {
                    yield return row;
                }
            }
            else
            {
                var comment = CommentOf(property);
                var shown = comment.Element("value") is { } described ? Markdown(described) : Describe(value);
                var meaning = Markdown(comment.Element("summary")!).Replace("|", "\\|", StringComparison.Ordinal);
                yield return $"| `{key}{(value is IDictionary ? ":14" : "")}` | {shown}{(shown.Length > 0 ? " " : "")}| {meaning} |";
            }
        }
    }

    private static XElement CommentOf(PropertyInfo property)
    {
        var type = property.DeclaringType!;
        if (!Comments.TryGetValue(type.Assembly, out var comments))
        {
            Comments[type.Assembly] = comments = XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml"));
        }

        var comment = comments.Descendants("member").SingleOrDefault(
            member => (string?)member.Attribute("name") == $"P:{type.FullName}.{property.Name}");
        return comment?.Element("summary") is not null
            ? comment
            : throw new InvalidOperationException($"{type.Name}.{property.Name} has no comment. Write its <summary>.");
    }

    private static string Markdown(XElement element) => Space().Replace(
        string.Concat(element.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "see" } link => $"[{link.Value}]({(string?)link.Attribute("href")})",
            XText text => text.Value,
            _ => throw new InvalidOperationException($"The tables cannot show '{node}'. Use only <c> and <see href>."),
        })),
        " ").Trim();

    private static string Describe(object? value) => value switch
    {
        null or "" or ICollection { Count: 0 } => "none",
        bool flag => flag ? "`true`" : "`false`",
        Enum name => $"`{name.ToString().ToLowerInvariant()}`",
        TimeSpan { Milliseconds: > 0 } time => $"`{time.ToString(@"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture)}`",
        IFormattable formattable => $"`{formattable.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => $"`{value}`",
    };

    [GeneratedRegex(@"(?<start><!-- (?<classes>[A-Za-z, ]+): made by docs/settings -->)\n.*?(?<end><!-- /settings -->)", RegexOptions.Singleline)]
    private static partial Regex Table();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
