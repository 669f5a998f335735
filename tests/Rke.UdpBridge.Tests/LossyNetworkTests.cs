using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public abstract class LossyNetworkTests(BridgeTransport transport) : TransportTests(transport)
{
    [Fact]
    public async Task All_requests_to_25_servers_get_a_response_despite_loss()
    {
        const int Each = 40;
        var servers = Enumerable.Range(0, 25).Select(id => Lossy((byte)id)).ToArray();
        await using var bridge = Bridges.Create(new() { InitialRetransmission = TimeSpan.FromMilliseconds(100) });
        var links = bridge.Configure(servers.Select(static server => server.Address));

        var ends = await Task.WhenAll(Enumerable.Range(0, 25 * Each).Select(async index =>
        {
            var (link, encryption) = (links[index % 25], servers[index % 25].Encryption());
            using var exchange = await link.GetKeyAsync(encryption, wait: TimeSpan.FromSeconds(60));
            var isKey = GetKeyAnswer.TryRead(WireProfile.Rke, exchange.Payload, out var answer, out _);
            return (exchange.Outcome, isKey ? answer.KeyPart[0] : -1);
        }));

        for (var index = 0; index < ends.Length; index++)
        {
            Assert.Equal((ExchangeOutcome.Answered, index % 25), ends[index]);
        }

        // 30% of the datagrams are lost in each direction, so about half of the attempts fail.
        Assert.All(links, static link => Assert.InRange(link.Statistics.Loss, 0.1, 0.9));
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Cancelled_requests_leave_nothing_in_flight()
    {
        var chance = new Random(1);
        await using var server = Lossy(1);
        await using var bridge = Bridges.Create(Bridges.Quick with { BreakerThreshold = int.MaxValue });
        var link = bridge.Configure([server.Address])[0];

        var ends = await Task.WhenAll(Enumerable.Range(0, 3000).Select(async index =>
        {
            var patience = TimeSpan.FromMilliseconds(chance.Next(100));
            using var cancellation = new CancellationTokenSource(index % 2 == 0 ? patience : Timeout.InfiniteTimeSpan);
            try
            {
                using var exchange = await link.EchoAsync(
                    index % 4 == 1 ? patience : TimeSpan.FromSeconds(20), cancellation: cancellation.Token);
                return exchange.Outcome;
            }
            catch (OperationCanceledException)
            {
                return (ExchangeOutcome?)null;
            }
        }));

        Assert.Equal(0, link.Statistics.InFlight);
        Assert.All(link.Paths, static path => Assert.Empty(path.Exchanges));
        Assert.Equal(ends.Count(static end => end is null), link.Statistics.Cancelled);
        foreach (var outcome in Enum.GetValues<ExchangeOutcome>())
        {
            Assert.Equal(ends.Count(end => end == outcome), link.Statistics.Count(outcome));
        }

        var patient = ends.Where(static (_, index) => index % 4 == 3);
        Assert.All(patient, static end => Assert.Equal(ExchangeOutcome.Answered, end));
    }

    private static ScriptedServer Lossy(byte id)
    {
        var chance = new Random(id);
        return new(
            request => chance.NextDouble() < 0.3 || chance.NextDouble() < 0.3 ? []
                : request.Header.EncryptionType == 0 ? [request.Respond(WireStatus.Success)]
                : [request.Answer(new GetKeyAnswer(KeyId.Read(new byte[16]), new(1, 5), null, [id, 2, 3, 4]))],
            raidaId: id);
    }
}

public class LossyNetworkNativeTests() : LossyNetworkTests(BridgeTransport.Native);

public class LossyNetworkSocketTests() : LossyNetworkTests(BridgeTransport.Sockets);
