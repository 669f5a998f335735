using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Kme;

namespace Rke.Gateway.Tests.Kme;

public sealed class InProcessKeyStockTests : KeyStockContract
{
    private readonly FakeTimeProvider _time = new();
    private readonly InProcessKeyStock _stock;

    public InProcessKeyStockTests() => _stock = new(_time);

    private protected override IKeyStock Stock => _stock;

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
