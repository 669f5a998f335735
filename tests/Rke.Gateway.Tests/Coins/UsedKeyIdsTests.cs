using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Tests.Coins;

public sealed class UsedKeyIdsTests
{
    private static readonly ServerId Server = new(6, 1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    [Fact]
    public void The_oldest_ids_are_removed_above_the_capacity()
    {
        var ids = new UsedKeyIds(new FakeTimeProvider(), capacity: 2);
        foreach (var id in new byte[] { 1, 2, 3 })
        {
            Assert.True(ids.TryUse(Server, Id(id), ticket: 1, Lifetime, out _));
        }

        Assert.False(ids.TryUse(Server, Id(3), ticket: 2, Lifetime, out _));
        Assert.True(ids.TryUse(Server, Id(1), ticket: 2, Lifetime, out _));
    }

    private static KeyIdHash Id(byte id) => KeyIdHash.Read([id, .. new byte[KeyIdHash.Length - 1]]);
}
