namespace Rke.Sessions.Tests;

/// <summary>Sessions between two gateway processes over 25 key servers, with and without lost datagrams.</summary>
public sealed class LossTests(ITestOutputHelper output)
{
    private const double Loss = 0.3;
    private const int Dead = 3;

    [Fact]
    public async Task Sessions_succeed_with_30_percent_loss_each_way_and_three_dead_servers()
    {
        var stop = TestContext.Current.CancellationToken;
        Run clean;
        await using (var sides = await Sides.StartAsync(loss: 0, dead: 0))
        {
            clean = await Run.PlayAsync(sides, Scale.Sessions, stop);
            output.WriteLine(clean.Describe("nothing lost, none dead"));
        }

        await using var lossy = await Sides.StartAsync(Loss, Dead);
        var run = await Run.PlayAsync(lossy, Scale.Sessions, stop);
        output.WriteLine(run.Describe("30% lost each way, 3 of 25 dead"));
        output.WriteLine($"of the Signals and their answers {lossy.SignalPath.Lost} were lost, {lossy.SignalPath.Carried} arrived");

        Assert.Empty(clean.Failures);
        Assert.True(run.Failures.Count <= Scale.MaxFailures, run.Describe("30% lost"));
        Assert.Equal(Scale.Sessions, run.Succeeded + run.Failures.Count);
    }
}
