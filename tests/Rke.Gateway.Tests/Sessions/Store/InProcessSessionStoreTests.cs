using Rke.Gateway.Sessions.Store;
using Rke.Gateway.Tests.Lookup;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Sessions.Store;

public sealed class InProcessSessionStoreTests : SessionStoreContract
{
    private readonly ManualTime _time = new();
    private readonly InProcessSessionStore _store;

    public InProcessSessionStoreTests() => _store = new(_time, new SystemEntropy(), Capacity);

    private protected override ISessionStore Store => _store;

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Step(time);
        return Task.CompletedTask;
    }
}
