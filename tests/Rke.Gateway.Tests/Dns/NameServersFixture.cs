namespace Rke.Gateway.Tests.Dns;

/// <summary>One NSD and one BIND for all tests of a class.</summary>
public sealed class NameServersFixture : IAsyncLifetime
{
    private readonly Dictionary<string, NameServer> servers = [];

    public async ValueTask InitializeAsync()
    {
        string[] programs = [NameServer.Nsd, NameServer.Named];
        Array.ForEach(programs, NameServer.Require);
        foreach (var program in programs)
        {
            servers[program] = await NameServer.StartAsync(
                program, ("example.test", Zones.ExampleTest), ("other.test", Zones.OtherTest));
        }
    }

    public string ResolverOf(string program) => servers[program].Endpoint.ToString();

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers.Values)
        {
            await server.DisposeAsync();
        }
    }
}
