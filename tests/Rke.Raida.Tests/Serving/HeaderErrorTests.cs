using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

/// <summary>Tests of header errors, their signature, and datagrams without a response (docs/WIRE.md §8).</summary>
public class HeaderErrorTests
{
    public static TheoryData<string, int, int, int, bool> Changes => new()
    {
        // field, offset (from the end if negative), new value, status, isSigned
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
        await using var server = await RunningServer.StartAsync();
        var request = server.Client().Get(TestClient.IdOf(1));
        request.Datagram[offset < 0 ? request.Datagram.Length + offset : offset] = (byte)value;
        AssertHeaderError(request, await server.Peer.ExchangeAsync(request.Datagram), status, isSigned, what);
    }

    [Theory, MemberData(nameof(Changes))]
    public async Task A_wrong_byte_of_an_unencrypted_request_has_its_status(
        string what, int offset, int value, int status, bool isSigned)
    {
        // A coin makes the encryption type wrong. The server signs with the challenge as it was sent.
        (status, isSigned) = what switch
        {
            "coin" => (27, true),
            "challenge" => (status, true),
            _ => (status, isSigned),
        };
        await using var server = await RunningServer.StartAsync();
        var request = server.Client().Echo(plain: true);
        var before = request.Datagram[40];
        request.Datagram[offset < 0 ? request.Datagram.Length + offset : offset] = (byte)value;
        var answer = await server.Peer.ExchangeAsync(request.Datagram);
        if (what == "challenge")
        {
            Assert.NotEqual(before, answer[24]);
            answer[24] = before;
        }

        AssertHeaderError(request, answer, status, isSigned, what);
    }

    [Theory]
    [InlineData(33), InlineData(47), InlineData(48), InlineData(49)]
    [InlineData(65), InlineData(67), InlineData(1401), InlineData(9000)]
    public async Task A_length_that_differs_from_the_header_is_status_16(int length)
    {
        await using var server = await RunningServer.StartAsync();
        var request = server.Client().Get(TestClient.IdOf(1));
        var datagram = request.Datagram;
        Array.Resize(ref datagram, length);
        AssertHeaderError(request, await server.Peer.ExchangeAsync(datagram), 16, isSigned: length >= 48, "length");
    }

    [Fact]
    public async Task A_length_that_is_wrong_for_the_command_is_status_16()
    {
        await using var server = await RunningServer.StartAsync();
        var request = server.Client().Get(TestClient.IdOf(1));
        var datagram = request.Datagram[..^1];
        datagram[23]--;
        datagram[^1] = datagram[^2] = 0xE3;
        AssertHeaderError(request, await server.Peer.ExchangeAsync(datagram), 16, isSigned: true, "length");
    }

    [Fact]
    public async Task A_header_without_a_body_is_status_36()
    {
        await using var server = await RunningServer.StartAsync();
        var request = server.Client().Get(TestClient.IdOf(1));
        AssertHeaderError(request, await server.Peer.ExchangeAsync(request.Datagram[..32]), 36, isSigned: false, "empty");
    }

    [Fact]
    public async Task Datagrams_shorter_than_32_bytes_get_no_response()
    {
        await using var server = await RunningServer.StartAsync();
        var datagram = server.Client().Get(TestClient.IdOf(1)).Datagram;
        await server.AssertNoResponseAsync(Enumerable.Range(0, 32).Select(length => datagram[..length]));
    }

    [Fact]
    public async Task Responses_get_no_response_so_that_two_servers_cannot_start_an_endless_exchange()
    {
        await using var server = await RunningServer.StartAsync();
        var client = server.Client();
        var answers = new List<byte[]>();
        TestRequest[] requests =
        [
            client.Echo(), client.Echo(plain: true),
            client.Post(TestClient.IdOf(1), new byte[8]), client.Get(TestClient.IdOf(1)), client.Get(TestClient.IdOf(1)),
        ];
        foreach (var request in requests)
        {
            answers.Add(await server.Peer.ExchangeAsync(request.Datagram));
            request.Datagram[0] = 9;
            answers.Add(await server.Peer.ExchangeAsync(request.Datagram));
        }

        await server.AssertNoResponseAsync(answers);
    }

    [Fact]
    public async Task The_header_is_checked_in_order()
    {
        await using var server = await RunningServer.StartAsync();
        var request = server.Client().Get(TestClient.IdOf(1));
        (int Offset, byte Wrong, int Status)[] order =
            [(0, 9, 255), (1, 9, 2), (2, 9, 3), (3, 9, 4), (4, 9, 5), (7, 9, 7), (16, 9, 27), (23, 9, 16)];
        var right = request.Datagram.ToArray();
        foreach (var (offset, wrong, _) in order)
        {
            request.Datagram[offset] = wrong;
        }

        foreach (var (offset, _, status) in order)
        {
            var answer = await server.Peer.ExchangeAsync(request.Datagram);
            Assert.Equal((status, 0), (answer[2], answer[3]));
            request.Datagram[offset] = right[offset];
        }
    }

    [Theory]
    [InlineData(0, 2, 255), InlineData(2, 13, 3), InlineData(4, 99, 5)]
    [InlineData(5, 99, 6), InlineData(7, 7, 7), InlineData(21, 77, 34)]
    [InlineData(23, 1, 16), InlineData(23, 0, 16), InlineData(-1, 0, 33), InlineData(40, 0, 37)]
    public async Task The_raidax_profile_has_its_own_status_codes(int offset, int value, int status)
    {
        await using var server = await RunningServer.StartAsync(new() { Profile = WireProfile.Raidax });
        var request = server.Client().Get(TestClient.IdOf(1));
        request.Datagram[offset < 0 ? request.Datagram.Length + offset : offset] = (byte)value;
        var answer = await server.Peer.ExchangeAsync(request.Datagram);
        Assert.Equal((status, request.Datagram[4]), (answer[2], answer[3]));
    }

    [Theory]
    [InlineData(WireProfile.Rke, 27), InlineData(WireProfile.Raidax, 34)]
    public async Task Unencrypted_Post_Key_and_Get_Key_are_rejected(WireProfile profile, int status)
    {
        await using var server = await RunningServer.StartAsync(new() { Profile = profile });
        var client = server.Client();
        var post = client.Post(TestClient.IdOf(1), new byte[8], plain: true);
        Assert.Equal(status, (await server.Peer.ExchangeAsync(post.Datagram))[2]);
        Assert.Equal(status, (await server.Peer.ExchangeAsync(client.Get(TestClient.IdOf(1), plain: true).Datagram))[2]);
    }

    private static void AssertHeaderError(TestRequest request, byte[] answer, int status, bool isSigned, string what)
    {
        Assert.Equal(32, answer.Length);
        Assert.Equal((what, status, 0), (what, answer[2], answer[3]));
        request.StatusOf(answer, isSigned);
        Assert.Equal(isSigned, answer.AsSpan(16).ContainsAnyExcept((byte)0));
    }
}
