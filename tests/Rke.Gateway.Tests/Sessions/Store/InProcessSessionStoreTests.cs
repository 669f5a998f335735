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

    [Fact]
    public async Task The_records_of_consumers_expire()
    {
        await Store.AddAsync(new() { SessionId = Google.Protobuf.ByteString.CopyFrom(new byte[16]) }, default, TimeSpan.FromMinutes(1), Cancelled);
        for (var consumer = 0; consumer < 4096; consumer++)
        {
            Assert.Equal(0ul, await Store.NoteDeliveryAsync($"consumer {consumer}", 1, Cancelled));
        }

        Assert.Equal(ulong.MaxValue, await Store.NoteDeliveryAsync("new", 1, Cancelled));
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(0ul, await Store.NoteDeliveryAsync("new", 1, Cancelled));
    }

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
