using System.Text.Json.Nodes;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

public sealed class SwitchCombinationTests(SwitchCombinations combinations) : IClassFixture<SwitchCombinations>
{
    public static TheoryData<int, string> Rows()
    {
        var data = new TheoryData<int, string>();
        for (var row = 0; row < SwitchCombinations.Count; row++)
        {
            data.Add(row, SwitchCombinations.Title(row));
        }

        return data;
    }

    public static TheoryData<string, int> Positions()
    {
        var data = new TheoryData<string, int>();
        foreach (var item in Switches.All)
        {
            for (var position = 1; position < item.Positions.Length; position++)
            {
                data.Add(item.Name, position);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Any_three_switches_together_give_valid_manifests(int row, string switches)
    {
        var manifests = combinations.Renderings[row];
        Assert.True(manifests.Problems.Count == 0, $"{switches}:\n{string.Join('\n', manifests.Problems)}");
        Assert.NotEmpty(manifests.Objects);
    }

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task Every_switch_changes_the_output(string name, int position)
    {
        var positions = new int[Switches.All.Count];
        var before = await Helm.TemplateAsync(Switches.Values(positions));
        positions[Switches.All.ToList().FindIndex(item => item.Name == name)] = position;
        Assert.NotEqual(before, await Helm.TemplateAsync(Switches.Values(positions)));
    }

    [Fact]
    public void No_environment_or_ConfigMap_contains_a_secret()
    {
        foreach (var item in combinations.Renderings.SelectMany(rendering => rendering.Objects))
        {
            foreach (var variable in Variables(item!))
            {
                var isSecret = ((string)variable["name"]!).Contains("Password", StringComparison.Ordinal);
                Assert.False(isSecret && variable["value"] is not null);
            }
        }
    }

    private static IEnumerable<JsonNode> Variables(JsonNode item) =>
        item["spec"]?["template"]?["spec"]?["containers"]?.AsArray()
            .SelectMany(container => container!["env"]?.AsArray() ?? []).OfType<JsonNode>() ?? [];
}
