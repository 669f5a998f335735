using Grpc.Net.Client;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Rke.Gateway.Tests.Listening;

/// <summary>A whole gateway with less memory than the calls of an attacker would need.</summary>
public sealed class FloodTests
{
    private const int Connections = 100;
    private const int CallsPerConnection = 300;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RawHttp2.HealthCheck, 65_535, Connections * CallsPerConnection)]
    [InlineData(RawHttp2.HealthCheck, 0, 0)] // No response fits the window.
    [InlineData(RawHttp2.HealthWatch, 65_535, (Connections * CallsPerConnection) - 200)] // The gateway admits 200 watches.
    [InlineData("/unknown.Service/Method", 65_535, Connections * CallsPerConnection)]
    public async Task Many_anonymous_calls_do_not_exhaust_the_memory(string path, uint window, int answered)
    {
        // 120 MiB. 30,000 calls took about 250 MB before there were limits.
        var heap = new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_GCHeapHardLimit"] = "0x7800000" };
        await using var gateway = await GatewayProcess.StartAsync(heap, "--Rke:Grpc:MaxStreamsPerPeer=3000", "--Rke:Grpc:MaxCallsPerPeer=2000");
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var (total, shed) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            using var client = await RawHttp2.StartAsync(gateway.Grpc, window);
            var calls = Enumerable.Range(0, CallsPerConnection).Select(call => (2 * call) + 1)
                .SelectMany(stream => (byte[])[.. RawHttp2.Call(stream, path), .. RawHttp2.EmptyMessage(stream)]).ToArray();
            var ended = 0;
            var sending = Record.ExceptionAsync(async () => await client.SendAsync(calls));
            var patience = answered == 0 ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(30);
            while (ended < CallsPerConnection && await ReadWithinAsync(client, patience, done.Token) is (var frame, false))
            {
                if (frame is null)
                {
                    // A gateway that gets no processor time closes connections with too many open streams.
                    Interlocked.Add(ref shed, CallsPerConnection - ended);
                    break;
                }

                if (frame.EndsStream || frame.Kind == RawFrame.RstStream)
                {
                    ended++;
                    if (Interlocked.Increment(ref total) == answered)
                    {
                        await done.CancelAsync();
                    }
                }
            }

            // The gateway can close the connection of a caller that sends too much.
            await sending;
        }));
        Assert.True(
            total + shed >= answered && total <= answered,
            $"{total} answers and {shed} calls on closed connections, not {answered}\n{string.Join('\n', gateway.Lines.TakeLast(20))}");
        if (shed > 0)
        {
            Assert.Contains(gateway.Lines, line => line.Contains("the maximum of Rke:Grpc:MaxStreamsPerPeer", StringComparison.Ordinal));
        }

        using var channel = GrpcChannel.ForAddress(gateway.Grpc);
        await Eventually.IsTrueAsync(async () =>
            await Record.ExceptionAsync(async () => await new HealthClient(channel).CheckAsync(new(), cancellationToken: Cancelled)) is null);
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitAsync());
    }

    // The frame is null if the gateway closed the connection. The test ends if all calls have ended that can, or if no frame arrives for some
    // time: admitted watches, and calls that wait for the window, do not end.
    private static async Task<(RawFrame? Frame, bool IsEnd)> ReadWithinAsync(RawHttp2 client, TimeSpan patience, CancellationToken done)
    {
        try
        {
            return (await client.ReadAsync().WaitAsync(patience, done), false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return (null, true);
        }
    }
}
