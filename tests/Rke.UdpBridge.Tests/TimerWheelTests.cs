using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

public class TimerWheelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_behaves_like_a_plain_list(int seed)
    {
        var random = new Random(seed);
        var wheel = new TimerWheel();
        Dictionary<PendingExchange, long> model = [];
        var now = 0L;
        for (var step = 0; step < 20_000; step++)
        {
            switch (random.Next(4))
            {
                case 0 or 1:
                    var call = new PendingExchange(new EncodedRequest([], default, 1), null, ResponseIv.Same, default);
                    var tick = now + random.Next(1, random.Next(4) == 0 ? 5000 : 100);
                    wheel.Add(call, tick);
                    model.Add(call, tick);
                    break;
                case 2 when model.Count > 0:
                    var gone = model.Keys.ElementAt(random.Next(Math.Min(model.Count, 10)));
                    wheel.Remove(gone);
                    wheel.Remove(gone);
                    model.Remove(gone);
                    break;
                default:
                    now += random.Next(20) == 0 ? random.Next(3000) : random.Next(5);
                    List<PendingExchange> due = [];
                    wheel.Advance(TimerWheel.TimeOf(now), due);
                    var expected = model.Keys.Where(key => model[key] <= now).ToHashSet();
                    Assert.Equal(expected.Count, due.Count);
                    Assert.True(expected.SetEquals(due));
                    due.ForEach(done => model.Remove(done));
                    break;
            }

            var next = wheel.NextTick();
            Assert.Equal(model.Count == 0, next is null);
            Assert.True(next is null || (next > now - 1 && next <= model.Values.Min()));
        }
    }

    [Fact]
    public void Times_are_rounded_up_to_ticks()
    {
        Assert.Equal(0, TimerWheel.TickOf(TimeSpan.Zero));
        Assert.Equal(1, TimerWheel.TickOf(TimeSpan.FromTicks(1)));
        Assert.Equal(1, TimerWheel.TickOf(TimeSpan.FromMilliseconds(2)));
        Assert.Equal(2, TimerWheel.TickOf(TimeSpan.FromMilliseconds(2.1)));
        Assert.Equal(TimeSpan.FromMilliseconds(6), TimerWheel.TimeOf(3));
    }
}
