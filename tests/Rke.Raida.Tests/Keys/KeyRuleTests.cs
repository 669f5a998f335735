using Rke.Raida.Keys;
using Rke.Wire;

namespace Rke.Raida.Tests.Keys;

/// <summary>Tests of the rules for key parts (docs/WIRE.md §5, §6, §9).</summary>
public class KeyRuleTests
{
    private static readonly KeyId Id = TestClient.IdOf(1);
    private static readonly KeyId OtherId = TestClient.IdOf(2);
    private static readonly byte[] Part = [1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly byte[] OtherPart = [9, 9, 9, 9];

    [Theory]
    [InlineData(4), InlineData(8), InlineData(16), InlineData(24), InlineData(32), InlineData(40)]
    public async Task A_part_of_any_length_is_returned_to_another_coin(int length)
    {
        await using var server = await RunningServer.StartAsync();
        var part = Enumerable.Range(1, length).Select(value => (byte)value).ToArray();
        Assert.Equal(WireStatus.Success, await server.StatusAsync(server.Client(1).Post(Id, part, 128 - length)));
        Assert.Equal(1, server.Host.WaitingKeys);
        var get = server.Client(2).Get(Id);
        var payload = get.PayloadOf(await server.Peer.ExchangeAsync(get.Datagram));
        Assert.True(GetKeyAnswer.TryRead(WireProfile.Rke, payload, out var answer, out _));
        Assert.Equal(part, answer.KeyPart);
        Assert.Equal(Id, answer.KeyId);
        Assert.Equal(new CoinId(1, 1), answer.Sender);
        Assert.Equal(server.Peer.EndPoint.Address, answer.SenderAddress);
    }

    [Fact]
    public async Task A_part_is_returned_once()
    {
        await using var server = await RunningServer.StartAsync();
        var (sender, reader) = (server.Client(1), server.Client(2));
        await server.StatusAsync(sender.Post(Id, Part));
        Assert.Equal(Part, await server.PartAsync(reader.Get(Id)));
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(reader.Get(Id)));
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(sender.Get(Id)));
        Assert.Equal(0, server.Host.WaitingKeys);
        Assert.Equal([KeyEventKind.Post, KeyEventKind.Get], server.History.Select(entry => entry.Kind));
    }

    [Fact]
    public async Task The_next_post_of_a_coin_overwrites_its_part()
    {
        await using var server = await RunningServer.StartAsync();
        var (sender, reader) = (server.Client(1), server.Client(2));
        await server.StatusAsync(sender.Post(Id, Part));
        await server.StatusAsync(sender.Post(OtherId, OtherPart));
        Assert.Equal(1, server.Host.WaitingKeys);
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(reader.Get(Id)));
        Assert.Equal(OtherPart, await server.PartAsync(reader.Get(OtherId)));
        Assert.Equal(
            [
                (KeyEventKind.Post, Id.Hash()), (KeyEventKind.OverwriteUnread, Id.Hash()),
                (KeyEventKind.Post, OtherId.Hash()), (KeyEventKind.Get, OtherId.Hash()),
            ],
            server.History.Select(entry => (entry.Kind, entry.Hash)));
        Assert.All(server.History, entry => Assert.Equal((new CoinId(1, 1), RunningServer.RaidaId), (entry.Coin, entry.RaidaId)));
    }

    [Fact]
    public async Task Two_coins_can_use_one_key_id_and_the_newest_part_is_returned_first()
    {
        await using var server = await RunningServer.StartAsync();
        await server.StatusAsync(server.Client(1).Post(Id, Part));
        await server.StatusAsync(server.Client(2).Post(Id, OtherPart));
        var reader = server.Client(3);
        Assert.Equal(OtherPart, await server.PartAsync(reader.Get(Id)));
        Assert.Equal(Part, await server.PartAsync(reader.Get(Id)));
    }

    [Fact]
    public async Task A_part_expires_exactly_at_the_end_of_its_lifetime()
    {
        await using var server = await RunningServer.StartAsync(new() { KeyLifetime = TimeSpan.FromMinutes(10) });
        var (sender, other, reader) = (server.Client(1), server.Client(2), server.Client(3));
        await server.StatusAsync(sender.Post(Id, Part));
        await server.StatusAsync(other.Post(OtherId, Part));
        server.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Equal(Part, await server.PartAsync(reader.Get(OtherId)));
        server.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(reader.Get(Id)));
        Assert.Equal(KeyEventKind.ExpireUnread, server.History.Last().Kind);
    }

    [Fact]
    public async Task Parts_expire_on_a_server_without_requests()
    {
        await using var server = await RunningServer.StartAsync(new() { KeyLifetime = TimeSpan.FromMinutes(1) });
        await server.StatusAsync(server.Client(1).Post(Id, Part));
        server.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, server.Host.WaitingKeys);
        server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, server.Host.WaitingKeys);
    }

    [Theory]
    [InlineData(0, 0, 6), InlineData(5, 0, 6), InlineData(41, 0, 6), InlineData(255, 0, 6)]
    [InlineData(8, 128, 5), InlineData(8, 255, 5), InlineData(8, 121, 5), InlineData(40, 89, 5)]
    [InlineData(3, 255, 6), InlineData(8, 120, 1)]
    public async Task The_server_checks_KL_before_KS(int length, int start, int status)
    {
        await using var server = await RunningServer.StartAsync();
        var client = server.Client();
        var request = client.Post(Id, Part);
        var answer = await server.Peer.ExchangeAsync(WithStartAndLength(client, request.Datagram, 32, (byte)start, (byte)length));
        Assert.Equal((status, 4), (answer[2], answer[3]));
        Assert.Equal(ResponseVerdict.Believed, ResponseFrame.Examine(request.Expected, answer, out _, out _));
    }

    [Theory]
    [InlineData(8, 119, 250), InlineData(8, 120, 196), InlineData(5, 0, 196)]
    public async Task The_raidax_profile_returns_status_196_for_an_invalid_KL_or_KS(int length, int start, int status)
    {
        await using var server = await RunningServer.StartAsync(new() { Profile = WireProfile.Raidax });
        var client = server.Client();
        var answer = await server.Peer.ExchangeAsync(
            WithStartAndLength(client, client.Post(Id, Part).Datagram, 16 + 165, (byte)start, (byte)length));
        Assert.Equal((status, 4), (answer[2], answer[3]));
    }

    [Fact]
    public async Task A_post_above_the_capacity_is_rejected_until_a_part_is_read()
    {
        await using var server = await RunningServer.StartAsync(new() { MaxKeys = 2 });
        Assert.Equal(WireStatus.Success, await server.StatusAsync(server.Client(1).Post(Id, Part)));
        Assert.Equal(WireStatus.Success, await server.StatusAsync(server.Client(2).Post(OtherId, Part)));
        Assert.Equal(WireStatus.Offline, await server.StatusAsync(server.Client(3).Post(TestClient.IdOf(3), Part)));
        Assert.Equal(WireStatus.Success, await server.StatusAsync(server.Client(2).Post(TestClient.IdOf(4), Part)));
        await server.PartAsync(server.Client(4).Get(Id));
        var later = server.Client(5);
        Assert.Equal(WireStatus.Success, await server.StatusAsync(later.Post(TestClient.IdOf(5), Part)));
    }

    [Fact]
    public async Task The_raidax_profile_keeps_read_parts_and_overwrites_without_truncating()
    {
        await using var server = await RunningServer.StartAsync(new() { Profile = WireProfile.Raidax });
        var (sender, reader) = (server.Client(1), server.Client(2));
        await server.StatusAsync(sender.Post(Id, Part));
        Assert.Equal(Part, await server.PartAsync(reader.Get(Id)));
        Assert.Equal(Part, await server.PartAsync(reader.Get(Id)));
        await server.StatusAsync(server.Client(3).Post(Id, OtherPart));
        Assert.Equal([9, 9, 9, 9, 5, 6, 7, 8], await server.PartAsync(reader.Get(Id)));
        Assert.Equal(WireStatus.KeyNotFound, await server.StatusAsync(reader.Get(OtherId)));
        Assert.Equal(
            [
                KeyEventKind.Post, KeyEventKind.Get, KeyEventKind.Get,
                KeyEventKind.OverwriteRead, KeyEventKind.Post, KeyEventKind.Get,
            ],
            server.History.Select(entry => entry.Kind));
    }

    [Fact]
    public async Task In_the_raidax_profile_a_coin_can_have_several_parts()
    {
        await using var server = await RunningServer.StartAsync(
            new() { Profile = WireProfile.Raidax, ResponseIv = ResponseIv.Continued });
        var client = server.Client();
        await server.StatusAsync(client.Post(Id, Part));
        await server.StatusAsync(client.Post(OtherId, OtherPart));
        var get = client.Get(Id);
        var payload = get.PayloadOf(await server.Peer.ExchangeAsync(get.Datagram), ResponseIv.Continued);
        Assert.Equal(Part, payload[5..]);
    }

    // Decrypts a request, sets KS and KL at an offset of the body, and encrypts it again.
    private static byte[] WithStartAndLength(TestClient client, byte[] datagram, int offset, byte start, byte length)
    {
        Assert.True(RequestHeader.TryRead(datagram, out var header));
        var body = datagram.AsSpan(32, datagram.Length - 34);
        client.Cipher.Apply(header.Nonce, 0, body);
        body[offset] = start;
        body[offset + 1] = length;
        client.Cipher.Apply(header.Nonce, 0, body);
        return datagram;
    }
}
