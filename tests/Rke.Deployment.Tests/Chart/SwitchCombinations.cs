using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>All combinations, rendered and checked once for all tests.</summary>
public sealed class SwitchCombinations : IAsyncLifetime
{
    private static readonly IReadOnlyList<int[]> Rows =
        CoveringArray.Make([.. Switches.All.Select(item => item.Positions.Length)]);

    internal IReadOnlyList<Manifests> Renderings { get; private set; } = [];

    public static int Count => Rows.Count;

    public static string Title(int row) => Switches.Title(Rows[row]);

    public async ValueTask InitializeAsync()
    {
        var texts = new (string Name, string Yaml)[Rows.Count];
        await Parallel.ForAsync(0, Rows.Count, async (row, _) =>
            texts[row] = (Title(row), await Helm.TemplateAsync(Switches.Values(Rows[row]))));
        Renderings = await Manifests.CheckAsync(texts);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
