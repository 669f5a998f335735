using Rke.Wire;

namespace Rke.Raida.Tests.Replies;

/// <summary>docs/WIRE.md §7: a repeated datagram gets the same answer and is not executed again.</summary>
public class RepeatedDatagramTests
{
    private static readonly KeyId Id = Client.IdOf(1);
    private static readonly byte[] Part = [1, 2, 3, 4];

    [Theory]
    [InlineData(WireProfile.Rke), InlineData(WireProfile.Raidax)]
    public async Task A_lost_answer_to_Get_Key_does_not_lose_the_key(WireProfile profile)
    {
        await using var rig = await Rig.StartAsync(new() { Profile = profile });
        rig.Time.NanosecondsPerReading = 1000;
        await rig.StatusAsync(rig.Owner(1).Post(Id, Part));
        var get = rig.Owner(2).Get(Id);
        var first = await rig.Peer.AskAsync(get.Datagram);
        Assert.Equal(Part, get.PartOf(first));
        Assert.Equal(first, await rig.Peer.AskAsync(get.Datagram));
        Assert.Equal(2, rig.History.Count);
    }

    [Fact]
    public async Task A_repeated_Post_does_not_bring_back_what_was_read_or_overwritten()
    {
        await using var rig = await Rig.StartAsync();
        var post = rig.Owner(1).Post(Id, Part);
        var first = await rig.Peer.AskAsync(post.Datagram);
        Assert.Equal(Part, await rig.PartAsync(rig.Owner(2).Get(Id)));
        Assert.Equal(first, await rig.Peer.AskAsync(post.Datagram));
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(rig.Owner(3).Get(Id)));
    }

    [Fact]
    public async Task A_refusal_is_repeated_too()
    {
        await using var rig = await Rig.StartAsync();
        var get = rig.Owner(2).Get(Id);
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(get));
        await rig.StatusAsync(rig.Owner(1).Post(Id, Part));
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(get));
    }

    [Fact]
    public async Task Another_source_does_not_get_the_answer()
    {
        await using var rig = await Rig.StartAsync();
        await rig.StatusAsync(rig.Owner(1).Post(Id, Part));
        var get = rig.Owner(2).Get(Id);
        Assert.Equal(Part, await rig.PartAsync(get));
        using var elsewhere = rig.Connect();
        Assert.Equal(WireStatus.KeyNotFound, get.StatusOf(await elsewhere.AskAsync(get.Datagram)));
    }

    [Fact]
    public async Task An_answer_is_kept_for_its_life()
    {
        await using var rig = await Rig.StartAsync(new() { ReplyLife = TimeSpan.FromSeconds(30) });
        await rig.StatusAsync(rig.Owner(1).Post(Id, Part));
        var get = rig.Owner(2).Get(Id);
        Assert.Equal(Part, await rig.PartAsync(get));
        rig.Time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        Assert.Equal(Part, await rig.PartAsync(get));
        rig.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(get));
    }

    [Fact]
    public async Task The_oldest_answer_goes_when_there_are_too_many()
    {
        await using var rig = await Rig.StartAsync(new() { MaxReplies = 3 });
        await rig.StatusAsync(rig.Owner(1).Post(Id, Part));
        var reader = rig.Owner(2);
        var get = reader.Get(Id);
        Assert.Equal(Part, await rig.PartAsync(get));
        for (var other = 2; other < 4; other++)
        {
            await rig.StatusAsync(reader.Get(Client.IdOf(other)));
            Assert.Equal(Part, await rig.PartAsync(get));
        }

        await rig.StatusAsync(reader.Get(Client.IdOf(5)));
        Assert.Equal(WireStatus.KeyNotFound, await rig.StatusAsync(get));
    }
}
