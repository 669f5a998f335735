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

    private static ScriptedServer Lossy(byte id)
    {
        var chance = new Random(id);
        return new(
            arrival => chance.NextDouble() < 0.3 || chance.NextDouble() < 0.3
                ? []
                : [arrival.Answer(new GetKeyAnswer(KeyId.Read(new byte[16]), new(1, 5), null, [id, 2, 3, 4]))],
            raidaId: id);
    }
}
