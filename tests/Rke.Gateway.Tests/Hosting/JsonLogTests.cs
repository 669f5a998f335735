using System.Text.Json;
using Google.Protobuf;
using Grpc.Net.Client;
using Rke.V1;

namespace Rke.Gateway.Tests.Hosting;

public sealed class JsonLogTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--Rke:Logging:Json=true")]
    [InlineData("--Logging:Console:FormatterName=json")]
    public async Task Every_line_is_an_object_with_its_event_id_and_the_trace_id_of_its_call(string argument)
    {
        await using var gateway = await GatewayProcess.StartAsync(argument);
        using var channel = GrpcChannel.ForAddress(gateway.Grpc);
        var client = new RkeService.RkeServiceClient(channel);
        var posted = await client.PostKeyAsync(
            new() { KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);
        const string TraceId = "0af7651916cd43dd8448eb211c80319c";
        await client.GetKeyAsync(
            new() { RaidaId = 0, KeyIdHash = posted.KeyIdHash },
            new() { { "traceparent", $"00-{TraceId}-b7ad6b7169203331-00" } },
            cancellationToken: Cancelled);
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitAsync());

        var lines = gateway.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.All(lines, line => Assert.NotEqual(0, line.GetProperty("EventId").GetInt32()));
        var audit = Assert.Single(lines, line => line.GetProperty("Category").GetString() == "Rke.Audit");
        Assert.Equal(1600, audit.GetProperty("EventId").GetInt32());
        Assert.Equal("anonymous", audit.GetProperty("State").GetProperty("Caller").GetString());
        Assert.Contains(audit.GetProperty("Scopes").EnumerateArray(), scope =>
            scope.TryGetProperty("TraceId", out var traceId) && traceId.GetString() == TraceId);
    }
}
