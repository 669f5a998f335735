using Grpc.Net.Client;

namespace Rke.Grpc.Interop.Tests;

/// <summary>Grpc.Net.Client through the same cases and routes.</summary>
public sealed class DotnetClientTests(InteropEnvironment environment)
{
    public static TheoryData<Route, string> Rows()
    {
        var rows = new TheoryData<Route, string>();
        foreach (var route in Enum.GetValues<Route>())
        {
            foreach (var name in InteropCases.All)
            {
                rows.Add(route, name);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Case_passes(Route route, string name)
    {
        using var channel = GrpcChannel.ForAddress("http://" + environment.Target(route));

        await new DotnetClient(channel, environment.Server.Witness).RunAsync(name);
    }
}
