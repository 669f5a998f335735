using Rke.Gateway.Hosting;

namespace Rke.Gateway.Tests.Configuration;

/// <summary>The reference of settings is current. docs/settings sets the variable, and then this test writes the tables.</summary>
public sealed class SettingsReferenceTests
{
    private const string Document = "docs/CONFIGURATION.md";
    private const string WriteVariable = "RKE_WRITE_SETTINGS";

    [Fact]
    public void The_tables_show_the_options_and_their_comments()
    {
        var before = Repository.Read(Document);
        var after = SettingsReference.Update(before);
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            File.WriteAllText(Repository.PathOf(Document), after);
            return;
        }

        Assert.True(before == after, $"{Document} is out of date; run docs/settings and commit the result.");
    }

    [Fact]
    public void Each_options_class_has_a_table()
    {
        // The introduction describes Rke:Config.
        var classes = ConfigurationSections.All.Select(section => section.Type).Where(type => type != typeof(ConfigFileOptions));
        Assert.Equal(classes.Select(type => type.Name).Order(), SettingsReference.ClassesIn(Repository.Read(Document)).Order());
    }
}
