using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public class LossyNetworkTests
{
    [Fact]
    public async Task Twenty_five_servers_under_loss_answer_everything()
    {
        const int Each = 40;
        var servers = Enumerable.Range(0, 25).Select(id => Lossy((byte)id)).ToArray();
        await using var bridge = Bridges.Create(new() { InitialRetransmission = TimeSpan.FromMilliseconds(100) });
        var links = bridge.Configure(servers.Select(static server => server.Address));

        var ends = await Task.WhenAll(Enumerable.Range(0, 25 * Each).Select(async index =>
        {
            var (link, seal) = (links[index % 25], servers[index % 25].Seal());
            using var exchange = await link.GetKeyAsync(seal, wait: TimeSpan.FromSeconds(60));
            var isKey = GetKeyAnswer.TryRead(WireProfile.Rke, exchange.Payload, out var answer, out _);
            return (exchange.Outcome, isKey ? answer.KeyPart[0] : -1);
        }));

        for (var index = 0; index < ends.Length; index++)
        {
            Assert.Equal((ExchangeOutcome.Answered, index % 25), ends[index]);
        }

        // A third of the datagrams lost each way: about half of the attempts fail.
        Assert.All(links, static link => Assert.InRange(link.Statistics.Loss, 0.1, 0.9));
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Callers_who_give_up_at_any_moment_leave_nothing_behind()
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
        Assert.All(link.Channels, static channel => Assert.Empty(channel.Calls));
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
            arrival => chance.NextDouble() < 0.3 || chance.NextDouble() < 0.3 ? []
                : arrival.Header.EncryptionType == 0 ? [arrival.Say(WireStatus.Success)]
                : [arrival.Answer(new GetKeyAnswer(KeyId.Read(new byte[16]), new(1, 5), null, [id, 2, 3, 4]))],
            raidaId: id);
    }
}
