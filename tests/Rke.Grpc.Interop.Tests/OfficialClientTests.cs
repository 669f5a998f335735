namespace Rke.Grpc.Interop.Tests;

/// <summary>Clients that others wrote, in Python and Node, against this server: directly and through proxies.</summary>
public sealed class OfficialClientTests(InteropEnvironment environment)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static TheoryData<OfficialClient, Route, string> AllRows() => Rows(InteropCases.All);

    /// <summary>Standard cases whose call is cancelled.</summary>
    public static TheoryData<OfficialClient, Route, string> CancelledRows() =>
        Rows(["cancel_after_begin", "cancel_after_first_response"]);

    public static TheoryData<OfficialClient, Route, string> SleepingRows() =>
        Rows([InteropCases.CancelSleepingServer]);

    [Theory]
    [MemberData(nameof(AllRows))]
    public async Task Case_passes(OfficialClient client, Route route, string name)
    {
        var results = await environment.OfficialClients.ResultsAsync(client, route);

        var result = Assert.Single(results, result => result.Case == name);
        Assert.True(result.Ok, result.Detail);
    }

    [Theory]
    [MemberData(nameof(CancelledRows))]
    public async Task Cancelled_call_ends_on_the_server(OfficialClient client, Route route, string name)
    {
        await environment.OfficialClients.ResultsAsync(client, route);

        var testimony = environment.OfficialClients.TestimonyOf(client, route, name);
        await testimony.Cancelled.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(SleepingRows))]
    public async Task Server_sees_the_cancellation(OfficialClient client, Route route, string name)
    {
        await environment.OfficialClients.ResultsAsync(client, route);

        var testimony = environment.OfficialClients.TestimonyOf(client, route, name);
        Assert.True(await testimony.Cancelled.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(OfficialClient.Python)]
    [InlineData(OfficialClient.Node)]
    public async Task Client_runs_every_case_and_no_other(OfficialClient client)
    {
        var results = await environment.OfficialClients.ResultsAsync(client, Route.Direct);

        Assert.Equal(InteropCases.All, results.Select(result => result.Case));
    }

    private static TheoryData<OfficialClient, Route, string> Rows(IEnumerable<string> names)
    {
        var rows = new TheoryData<OfficialClient, Route, string>();
        foreach (var client in Enum.GetValues<OfficialClient>())
        {
            foreach (var route in Enum.GetValues<Route>())
            {
                foreach (var name in names)
                {
                    rows.Add(client, route, name);
                }
            }
        }

        return rows;
    }
}
