using System.Text.Json;

namespace Rke.Grpc.Interop.Tests;

/// <summary>Clients that others wrote, with the service config of protos/service-config.json, against a gateway that replaces their connections.</summary>
public sealed class OldConnectionTests
{
    private const int Seconds = 5;

    [Theory]
    [InlineData(OfficialClient.Python)]
    [InlineData(OfficialClient.Node)]
    public async Task A_client_loses_no_call_when_its_connections_are_replaced(OfficialClient client)
    {
        await using var gateway = await GatewayProcess.StartAsync("--Rke:Grpc:MaxConnectionAge=00:00:00.200");
        var config = Repository.PathOf("protos/service-config.json");
        string[] arguments = [gateway.Grpc.Authority, config, $"{Seconds}"];
        var output = client == OfficialClient.Python
            ? await ToolRun.OutputAsync("/usr/bin/python3", ["-B", Repository.PathOf("tests/polyglot/python/retry_client.py"), .. arguments])
            : await ToolRun.OutputAsync("node", ["retry_client.js", .. arguments], folder: RepositoryPaths.NodeFolder);
        using var result = JsonDocument.Parse(output);
        Assert.True(result.RootElement.GetProperty("ok").GetInt32() > 100, output);
        Assert.False(result.RootElement.GetProperty("failed").EnumerateObject().Any(), output);
    }
}
