using Rke.Raida.Serving;

namespace Rke.Raida.Tests.Serving;

/// <summary>The cache, compared with a simple model, with responses of all lengths that wrap around in the ring.</summary>
public class ResponseCacheTests
{
    [Theory]
    [InlineData(1), InlineData(3), InlineData(200), InlineData(1_000)]
    public void The_cache_agrees_with_a_simple_model(int capacity)
    {
        const long Lifetime = 300;
        var random = new Random(20261129);
        var cache = new ResponseCache(capacity, Lifetime);
        var model = new List<(long Time, UInt128 Request, byte[] Response)>();
        var found = new byte[200];
        for (long now = 0; now < 20_000; now += random.Next(3))
        {
            var request = cache.KeyOf(BitConverter.GetBytes(random.Next(2_000)));
            model.RemoveAll(entry => now - entry.Time >= Lifetime);
            var expected = model.Find(entry => entry.Request == request).Response ?? [];

            var length = cache.Find(now, request, found);

            Assert.Equal(expected, found[..length]);
            if (length == 0)
            {
                var response = new byte[random.Next(1, found.Length)];
                random.NextBytes(response);
                cache.Add(now, request, response);
                model.Add((now, request, response));
                if (model.Count > capacity)
                {
                    model.RemoveAt(0);
                }
            }
        }
    }

    [Fact]
    public void Two_caches_have_different_keys_for_one_datagram()
    {
        var datagram = new byte[84];
        Assert.NotEqual(new ResponseCache(1, 1).KeyOf(datagram), new ResponseCache(1, 1).KeyOf(datagram));
    }
}
