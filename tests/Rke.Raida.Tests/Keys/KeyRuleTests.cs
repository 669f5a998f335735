using Rke.Raida.Keys;
using Rke.Wire;

namespace Rke.Raida.Tests.Keys;

/// <summary>docs/WIRE.md §5, §6, §9: what becomes of key parts.</summary>
public class KeyRuleTests
{
    private static readonly KeyId Id = Client.IdOf(1);
    private static readonly KeyId OtherId = Client.IdOf(2);
    private static readonly byte[] Part = [1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly byte[] OtherPart = [9, 9, 9, 9];

    [Theory]
    [InlineData(4), InlineData(8), InlineData(16), InlineData(24), InlineData(32), InlineData(40)]
    public async Task A_part_of_any_length_is_handed_to_another_coin(int length)
    {
        await using var rig = await Rig.StartAsync();
        var part = Enumerable.Range(1, length).Select(value => (byte)value).ToArray();
        Assert.Equal(WireStatus.Success, await rig.StatusAsync(rig.Owner(1).Post(Id, part, 128 - length)));
        Assert.Equal(1, rig.Host.WaitingKeys);
        var get = rig.Owner(2).Get(Id);
        var payload = get.PayloadOf(await rig.Peer.AskAsync(get.Datagram));
        Assert.True(GetKeyAnswer.TryRead(WireProfile.Rke, payload, out var answer, out _));
        Assert.Equal(part, answer.KeyPart);
        Assert.Equal(Id, answer.KeyId);
        Assert.Equal(new CoinId(1, 1), answer.Sender);
        Assert.Equal(rig.Peer.EndPoint.Address, answer.SenderAddress);
    }

    [Fact]
    public async Task A_part_is_handed_out_once()
    {
        await using var rig = await Rig.StartAsync();
        var (sender, reader) = (rig.Owner(1), rig.Owner(2));
        await rig.StatusAsync(sender.Post(Id, Part));
        Assert.Equal(Part, await rig.PartAsync(reader.Get(Id)));
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(reader.Get(Id)));
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(sender.Get(Id)));
        Assert.Equal(0, rig.Host.WaitingKeys);
        Assert.Equal([KeyEventKind.Post, KeyEventKind.Get], rig.History.Select(entry => entry.Kind));
    }

    [Fact]
    public async Task The_next_post_of_a_coin_overwrites()
    {
        await using var rig = await Rig.StartAsync();
        var (sender, reader) = (rig.Owner(1), rig.Owner(2));
        await rig.StatusAsync(sender.Post(Id, Part));
        await rig.StatusAsync(sender.Post(OtherId, OtherPart));
        Assert.Equal(1, rig.Host.WaitingKeys);
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(reader.Get(Id)));
        Assert.Equal(OtherPart, await rig.PartAsync(reader.Get(OtherId)));
        Assert.Equal(
            [
                (KeyEventKind.Post, Id.Hash()), (KeyEventKind.OverwriteUnread, Id.Hash()),
                (KeyEventKind.Post, OtherId.Hash()), (KeyEventKind.Get, OtherId.Hash()),
            ],
            rig.History.Select(entry => (entry.Kind, entry.Hash)));
        Assert.All(rig.History, entry => Assert.Equal((new CoinId(1, 1), Rig.Number), (entry.Coin, entry.RaidaId)));
    }

    [Fact]
    public async Task Two_coins_may_use_one_id_and_the_newest_part_is_read_first()
    {
        await using var rig = await Rig.StartAsync();
        await rig.StatusAsync(rig.Owner(1).Post(Id, Part));
        await rig.StatusAsync(rig.Owner(2).Post(Id, OtherPart));
        var reader = rig.Owner(3);
        Assert.Equal(OtherPart, await rig.PartAsync(reader.Get(Id)));
        Assert.Equal(Part, await rig.PartAsync(reader.Get(Id)));
    }

    [Fact]
    public async Task A_part_expires_exactly_when_its_life_ends()
    {
        await using var rig = await Rig.StartAsync(new() { KeyLife = TimeSpan.FromMinutes(10) });
        var (sender, other, reader) = (rig.Owner(1), rig.Owner(2), rig.Owner(3));
        await rig.StatusAsync(sender.Post(Id, Part));
        await rig.StatusAsync(other.Post(OtherId, Part));
        rig.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Equal(Part, await rig.PartAsync(reader.Get(OtherId)));
        rig.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(reader.Get(Id)));
        Assert.Equal(KeyEventKind.ExpireUnread, rig.History.Last().Kind);
    }

    [Fact]
    public async Task Parts_expire_on_a_server_that_nobody_asks()
    {
        await using var rig = await Rig.StartAsync(new() { KeyLife = TimeSpan.FromMinutes(1) });
        await rig.StatusAsync(rig.Owner(1).Post(Id, Part));
        rig.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, rig.Host.WaitingKeys);
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, rig.Host.WaitingKeys);
    }

    [Theory]
    [InlineData(0, 0, 6), InlineData(5, 0, 6), InlineData(41, 0, 6), InlineData(255, 0, 6)]
    [InlineData(8, 128, 5), InlineData(8, 255, 5), InlineData(8, 121, 5), InlineData(40, 89, 5)]
    [InlineData(3, 255, 6), InlineData(8, 120, 1)]
    public async Task KL_is_judged_before_KS(int length, int start, int status)
    {
        await using var rig = await Rig.StartAsync();
        var client = rig.Owner();
        var asked = client.Post(Id, Part);
        var answer = await rig.Peer.AskAsync(Reseal(client, asked.Datagram, 32, (byte)start, (byte)length));
        Assert.Equal((status, 4), (answer[2], answer[3]));
        Assert.Equal(ResponseVerdict.Believed, ResponseFrame.Examine(asked.Expected, answer, out _, out _));
    }

    [Theory]
    [InlineData(8, 119, 250), InlineData(8, 120, 196), InlineData(5, 0, 196)]
    public async Task The_raidax_profile_answers_196_to_both(int length, int start, int status)
    {
        await using var rig = await Rig.StartAsync(new() { Profile = WireProfile.Raidax });
        var client = rig.Owner();
        var answer = await rig.Peer.AskAsync(
            Reseal(client, client.Post(Id, Part).Datagram, 16 + 165, (byte)start, (byte)length));
        Assert.Equal((status, 4), (answer[2], answer[3]));
    }

    [Fact]
    public async Task More_parts_than_there_is_room_for_are_refused_until_one_is_read()
    {
        await using var rig = await Rig.StartAsync(new() { MaxKeys = 2 });
        Assert.Equal(WireStatus.Success, await rig.StatusAsync(rig.Owner(1).Post(Id, Part)));
        Assert.Equal(WireStatus.Success, await rig.StatusAsync(rig.Owner(2).Post(OtherId, Part)));
        Assert.Equal(WireStatus.Offline, await rig.StatusAsync(rig.Owner(3).Post(Client.IdOf(3), Part)));
        Assert.Equal(WireStatus.Success, await rig.StatusAsync(rig.Owner(2).Post(Client.IdOf(4), Part)));
        await rig.PartAsync(rig.Owner(4).Get(Id));
        var later = rig.Owner(5);
        Assert.Equal(WireStatus.Success, await rig.StatusAsync(later.Post(Client.IdOf(5), Part)));
    }

    [Fact]
    public async Task The_raidax_profile_keeps_what_was_read_and_overwrites_without_truncating()
    {
        await using var rig = await Rig.StartAsync(new() { Profile = WireProfile.Raidax });
        var (sender, reader) = (rig.Owner(1), rig.Owner(2));
        await rig.StatusAsync(sender.Post(Id, Part));
        Assert.Equal(Part, await rig.PartAsync(reader.Get(Id)));
        Assert.Equal(Part, await rig.PartAsync(reader.Get(Id)));
        await rig.StatusAsync(rig.Owner(3).Post(Id, OtherPart));
        Assert.Equal([9, 9, 9, 9, 5, 6, 7, 8], await rig.PartAsync(reader.Get(Id)));
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(reader.Get(OtherId)));
        Assert.Equal(
            [
                KeyEventKind.Post, KeyEventKind.Get, KeyEventKind.Get,
                KeyEventKind.OverwriteRead, KeyEventKind.Post, KeyEventKind.Get,
            ],
            rig.History.Select(entry => entry.Kind));
    }

    [Fact]
    public async Task The_raidax_profile_lets_a_coin_have_several_parts()
    {
        await using var rig = await Rig.StartAsync(
            new() { Profile = WireProfile.Raidax, ResponseIv = ResponseIv.Continued });
        var client = rig.Owner();
        await rig.StatusAsync(client.Post(Id, Part));
        await rig.StatusAsync(client.Post(OtherId, OtherPart));
        var get = client.Get(Id);
        var payload = get.PayloadOf(await rig.Peer.AskAsync(get.Datagram), ResponseIv.Continued);
        Assert.Equal(Part, payload[5..]);
    }

    // Opens a request, sets KS and KL at an offset of its plain body, and seals it again.
    private static byte[] Reseal(Client client, byte[] datagram, int offset, byte start, byte length)
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
