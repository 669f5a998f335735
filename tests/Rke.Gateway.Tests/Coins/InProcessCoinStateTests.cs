using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Coins;

namespace Rke.Gateway.Tests.Coins;

public sealed class InProcessCoinStateTests : CoinStateContract
{
    private readonly FakeTimeProvider _time = new();
    private readonly InProcessCoinState _state;

    public InProcessCoinStateTests() => _state = new(_time);

    private protected override ICoinState State => _state;

    private protected override ICoinRefusals Refusals => _state;

    [Fact]
    public async Task Each_refusal_doubles_the_rest_up_to_a_maximum()
    {
        foreach (var minutes in (int[])[1, 2, 4, 8, 16, 16])
        {
            var refusal = await Refusals.RefuseAsync(new(6, 14), new(0, 1));
            Assert.Equal(TimeSpan.FromMinutes(minutes), refusal!.Value.Rest);
            await PassAsync(refusal.Value.Rest);
        }
    }

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
