using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.State;

namespace Rke.Gateway.Tests.State;

public sealed class InProcessCoinStateTests : CoinStateContract
{
    private readonly FakeTimeProvider _time = new();
    private readonly InProcessCoinState _state;

    public InProcessCoinStateTests() => _state = new(_time);

    private protected override ICoinState State => _state;

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
