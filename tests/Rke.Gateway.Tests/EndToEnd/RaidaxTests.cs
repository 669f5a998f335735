using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>The raidax profile, against a server that shares no code with this product.</summary>
public sealed class RaidaxTests
{
    private const byte RaidaId = 14;

    [Theory]
    [InlineData(false, null)]
    [InlineData(false, "same")]
    [InlineData(true, "continued")]
    public async Task Parts_are_posted_and_got_under_the_configured_response_iv(bool continues, string? responseIv)
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId, number) { ContinuesCounter = continues }, responseIv);
        for (var round = 0; round < 3; round++)
        {
            var part = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(40));
            var posted = await rig.Client.PostKeyAsync(new() { RaidaId = RaidaId, KeyPart = part, KeyStart = 87 });
            var got = await rig.Client.GetKeyAsync(new() { Endpoint = posted.Server, KeyIdHash = posted.KeyIdHash });
            Assert.Equal(part, got.KeyPart);
            Assert.Equal(posted.Coin, got.Sender);
            Assert.Empty(got.KeyId);
            Assert.Empty(got.SenderAddress);
        }

        // The gateway sends nothing but the six requests of the calls.
        Assert.Equal(6, rig.Server.DifferentRequests);
    }

    [Theory]
    [InlineData(true, "same", "continued")]
    [InlineData(false, "continued", "same")]
    public async Task A_reply_that_does_not_match_the_setting_gives_an_error_that_names_the_setting(
        bool continues, string setting, string right)
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId, number) { ContinuesCounter = continues }, setting);
        var posted = await rig.Client.PostKeyAsync(new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(new byte[8]) });

        // From the wrong counter, the sender is random. One reply in 17 has a denomination that could be real.
        RpcException? refused = null;
        var gets = 0;
        while (refused is null && gets++ < 20)
        {
            try
            {
                await rig.Client.GetKeyAsync(new() { RaidaId = RaidaId, KeyIdHash = posted.KeyIdHash });
            }
            catch (RpcException exception)
            {
                refused = exception;
            }
        }

        var details = new Details(refused!);
        Assert.Equal((StatusCode.Internal, "RAIDA_FAILED"), (details.Code, details.Reason));
        Assert.Equal(("6", "14"), (details.Info.Metadata["network"], details.Info.Metadata["raida_id"]));
        Assert.Equal(
            $"Key server 14 of network 6 sent a reply that does not match ResponseIv = {setting}. "
            + $"Set Rke:Networks:0:ResponseIv to {right}.",
            details.Message);
        Assert.Equal(1 + gets, rig.Server.DifferentRequests);
        Assert.Equal(1, rig.Posts);
    }

    [Fact]
    public async Task A_sender_of_another_gateway_is_accepted()
    {
        HandWrittenRaidax? server = null;
        await using var rig = await Rig.StartAsync(number => server = new(RaidaId, number));
        var hash = RandomNumberGenerator.GetBytes(16);
        byte[] sender = [0xF8, 0, 0, 0x27, 0x0F];
        server!.Store(hash, sender, [1, 2, 3, 4]);
        var got = await rig.Client.GetKeyAsync(new() { RaidaId = RaidaId, KeyIdHash = ByteString.CopyFrom(hash) });
        Assert.Equal(new Coin { Denomination = -8, SerialNumber = 9999 }, got.Sender);
        Assert.Equal([1, 2, 3, 4], got.KeyPart.ToByteArray());
    }

    [Fact]
    public async Task A_part_that_ends_at_byte_128_is_refused_because_the_server_refuses_it()
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId, number));
        var details = await Details.OfAsync(rig.Client.PostKeyAsync(
            new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(new byte[8]), KeyStart = 120 }));
        Assert.Equal(["key_start"], details.BadFields);
        Assert.Empty(rig.Server.Requests);
    }

    [Fact]
    public async Task One_coin_holds_many_parts()
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId, number));
        var posts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => rig.Client.PostKeyAsync(
            new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(new byte[8]) }).ResponseAsync));
        Assert.Single(posts.Select(post => post.Coin).Distinct());
    }

    [Fact]
    public async Task An_unknown_part_gives_KEY_NOT_FOUND()
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId, number));
        var details = await Details.OfAsync(rig.Client.GetKeyAsync(
            new() { RaidaId = RaidaId, KeyId = ByteString.CopyFrom(new byte[16]) }));
        Assert.Equal(("KEY_NOT_FOUND", "194"), (details.Reason, details.Info.Metadata["raida_status"]));
    }

    [Fact]
    public async Task A_key_id_is_used_once()
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId, number));
        var part = RandomNumberGenerator.GetBytes(40);
        var posted = await rig.Client.PostKeyAsync(new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(part) });

        var again = new PostKeyRequest { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(new byte[8]), KeyId = posted.KeyId };
        var details = await Details.OfAsync(rig.Client.PostKeyAsync(again));

        Assert.Equal((StatusCode.AlreadyExists, "KEY_ID_USED"), (details.Code, details.Reason));
        Assert.Equal(("6", "14"), (details.Info.Metadata["network"], details.Info.Metadata["raida_id"]));
        var got = await rig.Client.GetKeyAsync(new() { RaidaId = RaidaId, KeyId = posted.KeyId });
        Assert.Equal(part, got.KeyPart.ToByteArray());
        Assert.Equal(1, rig.Posts);
    }

    [Fact]
    public async Task A_key_id_can_be_used_again_if_the_server_refused_the_post()
    {
        HandWrittenRaidax? server = null;
        await using var rig = await Rig.StartAsync(number => server = new(RaidaId, number) { RefusesPosts = true });
        var request = new PostKeyRequest
        {
            RaidaId = RaidaId,
            KeyPart = ByteString.CopyFrom(new byte[8]),
            KeyId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
        };
        Assert.Equal("RAIDA_FAILED", (await Details.OfAsync(rig.Client.PostKeyAsync(request))).Reason);

        server!.RefusesPosts = false;
        Assert.Equal(request.KeyId, (await rig.Client.PostKeyAsync(request)).KeyId);
    }

    [Fact]
    public async Task A_server_with_another_RAIDA_id_gives_an_error_that_says_so()
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId + 1, number));
        var details = await Details.OfAsync(rig.Client.PostKeyAsync(
            new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(new byte[8]) },
            deadline: DateTime.UtcNow.AddMinutes(5)));
        Assert.Equal(
            (StatusCode.Internal, "RAIDA_FAILED", "3"),
            (details.Code, details.Reason, details.Info.Metadata["raida_status"]));
        Assert.Equal(
            $"The server at {rig.Server.EndPoint} is not key server 14. Correct its address or RAIDA id in the settings.",
            details.Message);
    }

    [Fact]
    public void The_hand_written_server_answers_like_the_deployed_server()
    {
        using var captures = JsonDocument.Parse(File.ReadAllText(RepositoryFile("tests/vectors/raidax-captures.json")));
        var number = Convert.FromHexString("101112131415161718191a1b1c1d1e1f");
        var servers = new Dictionary<byte, HandWrittenRaidax>
        {
            [14] = new(14, number),
            [15] = new(15, number) { ContinuesCounter = true },
        };
        byte[]? post = null;
        foreach (var capture in captures.RootElement.GetProperty("captures").EnumerateArray())
        {
            var request = Convert.FromHexString(capture.GetProperty("request").GetString()!);
            var expected = Convert.FromHexString(capture.GetProperty("response").GetString()!);
            post ??= request[5] == 41 ? request : null;
            if (request[2] == 15 && post is not null)
            {
                var sibling = post.ToArray();
                sibling[2] = 15;
                Assert.Single(servers[15].Answer(sibling));
            }

            var actual = Assert.Single(servers[request[2]].Answer(request));
            expected.AsSpan(12, 4).Clear();
            actual.AsSpan(12, 4).Clear();
            Assert.Equal(expected, actual);
        }
    }

    private static string RepositoryFile(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Rke.Gateway.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.FullName, path);
    }

    private sealed record Rig(TestNetwork Network, ScriptedServer Server, RunningGateway Gateway) : IAsyncDisposable
    {
        public int Posts => Server.Requests
            .Where(request => request[5] == 41).Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Count();

        public RkeService.RkeServiceClient Client => Gateway.Client;

        public static async Task<Rig> StartAsync(Func<byte[], HandWrittenRaidax> make, string? responseIv = null)
        {
            var coin = TestNetwork.MakeCoin(1000);
            var number = new byte[AuthenticityNumber.Length];
            coin[RaidaId].CopyTo(number);
            var raidax = make(number);
            var network = TestNetwork.WithoutServers(coin);
            var server = new ScriptedServer(raidax.Answer);
            var settings = network.Settings("raidax");
            settings["Rke:Networks:0:ResponseIv"] = responseIv;
            settings[$"Rke:Networks:0:Servers:{RaidaId}"] = server.EndPoint.ToString();
            return new(network, server, await RunningGateway.StartAsync(settings));
        }

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Server.DisposeAsync();
            await Network.DisposeAsync();
        }
    }
}
