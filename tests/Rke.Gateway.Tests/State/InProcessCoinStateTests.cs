using Rke.Gateway.State;
using Rke.Gateway.Tests.Lookup;

namespace Rke.Gateway.Tests.State;

public sealed class InProcessCoinStateTests : CoinStateContract
{
    private readonly ManualTime _time = new();
    private readonly InProcessCoinState _state;

    public InProcessCoinStateTests() => _state = new(_time);

    private protected override ICoinState State => _state;

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Step(time);
        return Task.CompletedTask;
    }
}
