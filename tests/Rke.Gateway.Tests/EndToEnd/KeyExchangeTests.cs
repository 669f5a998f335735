using System.Security.Cryptography;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>The main job over real gRPC and real UDP.</summary>
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
    public async Task A_posted_part_is_got_by_its_hash_once(int length)
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
        Assert.Equal("1", gone.Info.Metadata["attempts"]);
    }

    [Fact]
    public async Task The_callers_own_id_start_and_coin_are_used()
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
}
