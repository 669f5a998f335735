using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

/// <summary>Tests of repeated datagrams: the server repeats the response, and does not execute again (docs/WIRE.md §7).</summary>
public class RepeatedDatagramTests
{
    private static readonly KeyId Id = TestClient.IdOf(1);
    private static readonly byte[] Part = [1, 2, 3, 4];

    [Theory]
    [InlineData(WireProfile.Rke), InlineData(WireProfile.Raidax)]
    public async Task A_lost_response_to_Get_Key_does_not_lose_the_key(WireProfile profile)
    {
        await using var server = await RunningServer.StartAsync(new() { Profile = profile });
        server.Time.NanosecondsPerReading = 1000;
        await server.StatusAsync(server.Client(1).Post(Id, Part));
        var get = server.Client(2).Get(Id);
        var first = await server.Peer.ExchangeAsync(get.Datagram);
        Assert.Equal(Part, get.PartOf(first));
        Assert.Equal(first, await server.Peer.ExchangeAsync(get.Datagram));
        Assert.Equal(2, server.History.Count);
    }

    [Fact]
    public async Task A_repeated_Post_Key_does_not_store_a_read_part_again()
    {
        await using var server = await RunningServer.StartAsync();
        var post = server.Client(1).Post(Id, Part);
        var first = await server.Peer.ExchangeAsync(post.Datagram);
        Assert.Equal(Part, await server.PartAsync(server.Client(2).Get(Id)));
        Assert.Equal(first, await server.Peer.ExchangeAsync(post.Datagram));
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(server.Client(3).Get(Id)));
    }

    [Fact]
    public async Task An_error_is_repeated_too()
    {
        await using var server = await RunningServer.StartAsync();
        var get = server.Client(2).Get(Id);
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(get));
        await server.StatusAsync(server.Client(1).Post(Id, Part));
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(get));
    }

    /// <summary>A client that replaces its socket repeats a datagram from another port. So can an attacker.</summary>
    [Fact]
    public async Task A_datagram_that_is_repeated_from_another_port_is_not_executed_again()
    {
        await using var server = await RunningServer.StartAsync();
        using var elsewhere = server.Connect();
        var post = server.Client(1).Post(Id, Part);
        var posted = await server.Peer.ExchangeAsync(post.Datagram);
        var get = server.Client(2).Get(Id);
        var got = await server.Peer.ExchangeAsync(get.Datagram);
        Assert.Equal(Part, get.PartOf(got));

        Assert.Equal(got, await elsewhere.ExchangeAsync(get.Datagram));
        Assert.Equal(posted, await elsewhere.ExchangeAsync(post.Datagram));

        Assert.Equal(2, server.History.Count);
    }

    [Fact]
    public async Task A_response_is_cached_for_its_lifetime()
    {
        await using var server = await RunningServer.StartAsync(new() { ResponseLifetime = TimeSpan.FromSeconds(30) });
        await server.StatusAsync(server.Client(1).Post(Id, Part));
        var get = server.Client(2).Get(Id);
        Assert.Equal(Part, await server.PartAsync(get));
        server.Time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        Assert.Equal(Part, await server.PartAsync(get));
        server.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(get));
    }

    [Fact]
    public async Task A_full_cache_drops_the_oldest_response()
    {
        await using var server = await RunningServer.StartAsync(new() { MaxCachedResponses = 3 });
        await server.StatusAsync(server.Client(1).Post(Id, Part));
        var reader = server.Client(2);
        var get = reader.Get(Id);
        Assert.Equal(Part, await server.PartAsync(get));
        for (var other = 2; other < 4; other++)
        {
            await server.StatusAsync(reader.Get(TestClient.IdOf(other)));
            Assert.Equal(Part, await server.PartAsync(get));
        }

        await server.StatusAsync(reader.Get(TestClient.IdOf(5)));
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(get));
    }
}
