using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

/// <summary>docs/WIRE.md §8: every header error, isSigned where the server knows an AN, and silence.</summary>
public class HeaderErrorTests
{
    public static TheoryData<string, int, int, int, bool> Changes => new()
    {
        // what, offset (from the end if negative), new value, status, isSigned
        { "routing", 0, 2, 255, true },
        { "split", 1, 1, 2, true },
        { "RAIDA id", 2, 13, 3, true },
        { "RAIDA id beyond 24", 2, 25, 3, true },
        { "shard", 3, 1, 4, true },
        { "group", 4, 99, 5, true },
        { "command", 5, 99, 6, true },
        { "network", 7, 7, 7, true },
        { "presentation", 8, 0, 255, true },
        { "body length", 23, 1, 16, true },
        { "body length zero", 23, 0, 36, true },
        { "coin", 21, 77, 25, false },
        { "encryption type", 16, 2, 27, false },
        { "trailer", -1, 0, 33, true },
        { "challenge", 40, 0xEE, 37, false },
    };

    [Theory, MemberData(nameof(Changes))]
    public async Task A_wrong_byte_of_an_encrypted_request_has_its_status(
        string what, int offset, int value, int status, bool isSigned)
    {
        await using var rig = await Rig.StartAsync();
        var asked = rig.Owner().Get(Client.IdOf(1));
        asked.Datagram[offset < 0 ? asked.Datagram.Length + offset : offset] = (byte)value;
        AssertHeaderError(asked, await rig.Peer.AskAsync(asked.Datagram), status, isSigned, what);
    }

    [Theory, MemberData(nameof(Changes))]
    public async Task A_wrong_byte_of_an_unencrypted_request_has_its_status(
        string what, int offset, int value, int status, bool isSigned)
    {
        // A coin that is named is a wrong encryption type; and a challenge is isSigned as it was sent.
        (status, isSigned) = what switch
        {
            "coin" => (27, true),
            "challenge" => (status, true),
            _ => (status, isSigned),
        };
        await using var rig = await Rig.StartAsync();
        var asked = rig.Owner().Echo(plain: true);
        var before = asked.Datagram[40];
        asked.Datagram[offset < 0 ? asked.Datagram.Length + offset : offset] = (byte)value;
        var answer = await rig.Peer.AskAsync(asked.Datagram);
        if (what == "challenge")
        {
            Assert.NotEqual(before, answer[24]);
            answer[24] = before;
        }

        AssertHeaderError(asked, answer, status, isSigned, what);
    }

    [Theory]
    [InlineData(33), InlineData(47), InlineData(48), InlineData(49)]
    [InlineData(65), InlineData(67), InlineData(1401), InlineData(9000)]
    public async Task Another_length_than_the_header_says_is_16(int length)
    {
        await using var rig = await Rig.StartAsync();
        var asked = rig.Owner().Get(Client.IdOf(1));
        var datagram = asked.Datagram;
        Array.Resize(ref datagram, length);
        AssertHeaderError(asked, await rig.Peer.AskAsync(datagram), 16, isSigned: length >= 48, "length");
    }

    [Fact]
    public async Task A_length_that_the_command_does_not_have_is_16()
    {
        await using var rig = await Rig.StartAsync();
        var asked = rig.Owner().Get(Client.IdOf(1));
        var datagram = asked.Datagram[..^1];
        datagram[23]--;
        datagram[^1] = datagram[^2] = 0xE3;
        AssertHeaderError(asked, await rig.Peer.AskAsync(datagram), 16, isSigned: true, "length");
    }

    [Fact]
    public async Task A_header_alone_is_empty()
    {
        await using var rig = await Rig.StartAsync();
        var asked = rig.Owner().Get(Client.IdOf(1));
        AssertHeaderError(asked, await rig.Peer.AskAsync(asked.Datagram[..32]), 36, isSigned: false, "empty");
    }

    [Fact]
    public async Task Fewer_than_32_bytes_are_met_with_silence()
    {
        await using var rig = await Rig.StartAsync();
        var datagram = rig.Owner().Get(Client.IdOf(1)).Datagram;
        await rig.AssertSilenceAsync(Enumerable.Range(0, 32).Select(length => datagram[..length]));
    }

    [Fact]
    public async Task Answers_are_met_with_silence_so_that_two_servers_never_talk_to_each_other()
    {
        await using var rig = await Rig.StartAsync();
        var client = rig.Owner();
        var answers = new List<byte[]>();
        Asked[] questions =
        [
            client.Echo(), client.Echo(plain: true),
            client.Post(Client.IdOf(1), new byte[8]), client.Get(Client.IdOf(1)), client.Get(Client.IdOf(1)),
        ];
        foreach (var asked in questions)
        {
            answers.Add(await rig.Peer.AskAsync(asked.Datagram));
            asked.Datagram[0] = 9;
            answers.Add(await rig.Peer.AskAsync(asked.Datagram));
        }

        await rig.AssertSilenceAsync(answers);
    }

    [Fact]
    public async Task The_header_is_judged_in_order()
    {
        await using var rig = await Rig.StartAsync();
        var asked = rig.Owner().Get(Client.IdOf(1));
        (int Offset, byte Wrong, int Status)[] order =
            [(0, 9, 255), (1, 9, 2), (2, 9, 3), (3, 9, 4), (4, 9, 5), (7, 9, 7), (16, 9, 27), (23, 9, 16)];
        var right = asked.Datagram.ToArray();
        foreach (var (offset, wrong, _) in order)
        {
            asked.Datagram[offset] = wrong;
        }

        foreach (var (offset, _, status) in order)
        {
            var answer = await rig.Peer.AskAsync(asked.Datagram);
            Assert.Equal((status, 0), (answer[2], answer[3]));
            asked.Datagram[offset] = right[offset];
        }
    }

    [Theory]
    [InlineData(0, 2, 255), InlineData(2, 13, 3), InlineData(4, 99, 5)]
    [InlineData(5, 99, 6), InlineData(7, 7, 7), InlineData(21, 77, 34)]
    [InlineData(23, 1, 16), InlineData(23, 0, 16), InlineData(-1, 0, 33), InlineData(40, 0, 37)]
    public async Task The_raidax_profile_has_its_own_numbers(int offset, int value, int status)
    {
        await using var rig = await Rig.StartAsync(new() { Profile = WireProfile.Raidax });
        var asked = rig.Owner().Get(Client.IdOf(1));
        asked.Datagram[offset < 0 ? asked.Datagram.Length + offset : offset] = (byte)value;
        var answer = await rig.Peer.AskAsync(asked.Datagram);
        Assert.Equal((status, asked.Datagram[4]), (answer[2], answer[3]));
    }

    [Theory]
    [InlineData(WireProfile.Rke, 27), InlineData(WireProfile.Raidax, 34)]
    public async Task Keys_are_not_handled_unencrypted(WireProfile profile, int status)
    {
        await using var rig = await Rig.StartAsync(new() { Profile = profile });
        var client = rig.Owner();
        var post = client.Post(Client.IdOf(1), new byte[8], plain: true);
        Assert.Equal(status, (await rig.Peer.AskAsync(post.Datagram))[2]);
        Assert.Equal(status, (await rig.Peer.AskAsync(client.Get(Client.IdOf(1), plain: true).Datagram))[2]);
    }

    private static void AssertHeaderError(Asked asked, byte[] answer, int status, bool isSigned, string what)
    {
        Assert.Equal(32, answer.Length);
        Assert.Equal((what, status, 0), (what, answer[2], answer[3]));
        asked.StatusOf(answer, isSigned);
        Assert.Equal(isSigned, answer.AsSpan(16).ContainsAnyExcept((byte)0));
    }
}
