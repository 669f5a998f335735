using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>The dialect of the deployed server, against one that shares no code with this product.</summary>
public sealed class RaidaxTests
{
    private const byte RaidaId = 14;

    [Theory]
    [InlineData(false, "auto")]
    [InlineData(true, "auto")]
    [InlineData(false, "same")]
    [InlineData(true, "continued")]
    public async Task Parts_are_posted_and_got_whatever_the_response_iv(bool continues, string responseIv)
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

        // One canary, posted and got, and never again.
        Assert.Equal(6 + (responseIv == "auto" ? 2 : 0), rig.Server.DifferentRequests);
    }

    [Fact]
    public async Task A_part_that_ends_at_byte_128_is_refused_here_because_the_server_would()
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId, number));
        var details = await Details.OfAsync(rig.Client.PostKeyAsync(
            new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(new byte[8]), KeyStart = 120 }));
        Assert.Equal(["key_start"], details.BadFields);
        Assert.Empty(rig.Server.Requests);
    }

    [Fact]
    public async Task A_reply_that_fits_neither_way_is_never_returned_as_a_key()
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId, number) { IsBroken = true });
        var posted = await rig.Client.PostKeyAsync(new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(new byte[8]) });
        var details = await Details.OfAsync(rig.Client.GetKeyAsync(new() { RaidaId = RaidaId, KeyIdHash = posted.KeyIdHash }));
        Assert.Equal("RAIDA_FAILED", details.Reason);
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
    public async Task An_unknown_part_is_told_as_such()
    {
        await using var rig = await Rig.StartAsync(number => new(RaidaId, number));
        var details = await Details.OfAsync(rig.Client.GetKeyAsync(
            new() { RaidaId = RaidaId, KeyId = ByteString.CopyFrom(new byte[16]) }));
        Assert.Equal(("KEY_NOT_FOUND", "194"), (details.Reason, details.Info.Metadata["raida_status"]));
    }

    [Fact]
    public void The_hand_written_server_answers_as_the_deployed_one_did()
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
        public int Posts => Server.Requests.Count(request => request[5] == 41);

        public RkeService.RkeServiceClient Client => Gateway.Client;

        public static async Task<Rig> StartAsync(Func<byte[], HandWrittenRaidax> make, string responseIv = "auto")
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
