using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Sessions.Store;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Sessions.Store;

public sealed class InProcessSessionStoreTests : SessionStoreContract
{
    private readonly FakeTimeProvider _time = new();
    private readonly InProcessSessionStore _store;

    public InProcessSessionStoreTests() => _store = new(_time, new SystemEntropy(), Capacity);

    private protected override ISessionStore Store => _store;

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
