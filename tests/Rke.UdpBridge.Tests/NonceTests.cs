using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public class NonceTests
{
    [Fact]
    public async Task Nonces_do_not_repeat_across_threads_and_sources()
    {
        const int Each = 50_000;
        var nonces = await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var source = new ProcessNonceSource();
            var scope = new NonceScope(6, (byte)worker, new CoinId(1, 1));
            var drawn = new ulong[Each];
            for (var index = 0; index < Each; index++)
            {
                drawn[index] = (await source.NextAsync(scope, TestContext.Current.CancellationToken)).Value;
            }

            return drawn;
        })));

        Assert.Equal(8 * Each, nonces.SelectMany(static drawn => drawn).Distinct().Count());
    }

    [Fact]
    public void Echoes_do_not_repeat_within_65536_nonces()
    {
        var source = new ProcessNonceSource();
        var first = source.Next();
        var next = source.Next();
        Assert.True(next.Value - first.Value < 1_000_000, "The counter only counts up.");
        Assert.NotEqual(0UL, first.Value >> 32);
    }

    [Fact]
    public void Seeded_entropy_depends_on_the_seed_alone()
    {
        byte[] one = new byte[37], two = new byte[37], other = new byte[37];
        new SeededEntropy(1).Fill(one);
        new SeededEntropy(1).Fill(two);
        new SeededEntropy(2).Fill(other);
        Assert.Equal(one, two);
        Assert.NotEqual(one, other);
        Assert.True(one.Distinct().Count() > 20);
    }

    [Fact]
    public void System_entropy_fills_the_whole_buffer()
    {
        var bytes = new byte[4096];
        new SystemEntropy().Fill(bytes);
        Assert.Equal(256, bytes.Distinct().Count());
    }
}
