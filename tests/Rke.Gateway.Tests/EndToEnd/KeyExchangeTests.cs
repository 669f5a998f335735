using System.Security.Cryptography;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>PostKey and GetKey over real gRPC and real UDP.</summary>
public sealed class KeyExchangeTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(40)]
    public async Task A_posted_part_can_be_read_once_by_its_hash(int length)
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var part = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(length));
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 14, KeyPart = part }, cancellationToken: Cancelled);

        Assert.Equal(16, posted.KeyId.Length);
#pragma warning disable CA5351 // The protocol says MD5 (docs/WIRE.md §5).
        Assert.Equal(MD5.HashData(posted.KeyId.Span), posted.KeyIdHash.ToByteArray());
#pragma warning restore CA5351
        Assert.Equal(6u, posted.Network);
        Assert.Equal(14u, posted.RaidaId);
        Assert.Equal((uint)network.Host.EndPoints[14].Port, posted.Server.Port);
        Assert.Equal("127.0.0.1", posted.Server.Host);

        var request = new GetKeyRequest { Endpoint = posted.Server, KeyIdHash = posted.KeyIdHash };
        var got = await gateway.Client.GetKeyAsync(request, cancellationToken: Cancelled);
        Assert.Equal(part, got.KeyPart);
        Assert.Equal(posted.KeyId, got.KeyId);
        Assert.Equal(posted.Coin, got.Sender);
        Assert.Equal("127.0.0.1", got.SenderAddress);
        Assert.Equal(14u, got.RaidaId);

        var gone = await Details.OfAsync(gateway.Client.GetKeyAsync(request, cancellationToken: Cancelled));
        Assert.Equal("KEY_NOT_FOUND", gone.Reason);
        Assert.Equal("14", gone.Info.Metadata["raida_id"]);
        Assert.Equal("12", gone.Info.Metadata["raida_status"]);
        Assert.Equal("6", gone.Info.Metadata["network"]);
        Assert.True(gone.Info.Metadata.ContainsKey("attempts"));
    }

    [Fact]
    public async Task A_post_uses_the_key_id_start_and_coin_of_the_caller()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var id = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));
        var part = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));
        var coin = new Coin { SerialNumber = 1003 };
        var posted = await gateway.Client.PostKeyAsync(
            new() { Network = 6, RaidaId = 0, KeyId = id, KeyPart = part, KeyStart = 112, Coin = coin },
            cancellationToken: Cancelled);
        Assert.Equal(id, posted.KeyId);
        Assert.Equal(coin, posted.Coin);
        Assert.True(posted.ExpireTime.ToDateTimeOffset() > TimeProvider.System.GetUtcNow());

        var got = await gateway.Client.GetKeyAsync(
            new() { RaidaId = 0, KeyId = id, Coin = new() { SerialNumber = 1007 } }, cancellationToken: Cancelled);
        Assert.Equal(part, got.KeyPart);
        Assert.Equal(coin, got.Sender);
    }

    [Fact]
    public async Task A_key_server_can_have_a_host_name_and_the_response_has_its_address()
    {
        await using var network = await TestNetwork.StartAsync();
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:9"] = $"localhost:{network.Host.EndPoints[9].Port}";
        await using var gateway = await RunningGateway.StartAsync(settings);
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 9, KeyPart = ByteString.CopyFrom(new byte[8]) }, cancellationToken: Cancelled);
        Assert.Equal("127.0.0.1", posted.Server.Host);
        foreach (var host in (string[])["127.0.0.1", "localhost"])
        {
            var request = new GetKeyRequest { Endpoint = new() { Host = host, Port = posted.Server.Port }, KeyId = posted.KeyId };
            var call = gateway.Client.GetKeyAsync(request, cancellationToken: Cancelled);
            if (host == "127.0.0.1")
            {
                Assert.Equal(9u, (await call).RaidaId);
            }
            else
            {
                Assert.Equal("KEY_NOT_FOUND", (await Details.OfAsync(call)).Reason);
            }
        }
    }

    [Fact]
    public async Task Many_concurrent_parts_arrive_despite_loss_duplication_and_reordering()
    {
        var bad = new Raida.Impairments.Impairment { Drop = 0.2, Duplicate = 0.1, Reorder = 0.1 };
        await using var network = await TestNetwork.StartAsync(32, new() { RequestImpairment = bad, ResponseImpairment = bad, Seed = 7 });
        var settings = network.Settings();
        settings["Rke:Grpc:DefaultDeadline"] = "00:00:30";
        await using var gateway = await RunningGateway.StartAsync(settings);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async index =>
        {
            var part = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32));
            var posted = await gateway.Client.PostKeyAsync(new() { RaidaId = (uint)index % 25, KeyPart = part });
            var got = await gateway.Client.GetKeyAsync(new() { Endpoint = posted.Server, KeyIdHash = posted.KeyIdHash });
            Assert.Equal(part, got.KeyPart);
        }));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(70_000)]
    [InlineData(2_900_000)]
    public async Task A_deadline_of_years_does_not_occupy_a_coin_for_years(int days)
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var deadline = DateTime.UtcNow.AddDays(days);
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 1, KeyPart = ByteString.CopyFrom(1, 2, 3, 4), IdempotencyKey = "k" }, deadline: deadline);
        Assert.InRange(posted.ExpireTime.ToDateTime(), DateTime.UtcNow, DateTime.UtcNow.AddHours(2));
        await gateway.Client.GetKeyAsync(new() { RaidaId = 1, KeyIdHash = posted.KeyIdHash }, deadline: deadline);
    }
}
