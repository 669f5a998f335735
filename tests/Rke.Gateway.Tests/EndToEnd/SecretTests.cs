using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>No log of any level and no error contains an authenticity number or a key part.</summary>
public sealed class SecretTests
{
    [Fact]
    public async Task Logs_and_errors_contain_no_secret()
    {
        await using var network = await TestNetwork.StartAsync(coins: 4);
        network.WriteFile("bad.bin", [9, .. network.Secrets[0]]);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var part = RandomNumberGenerator.GetBytes(16);
        var errors = new List<string>();
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 5, KeyPart = ByteString.CopyFrom(part), IdempotencyKey = "once" });
        await gateway.Client.GetKeyAsync(new() { Endpoint = posted.Server, KeyIdHash = posted.KeyIdHash });
        await FailAsync(gateway.Client.GetKeyAsync(new() { RaidaId = 5, KeyIdHash = posted.KeyIdHash }), errors);
        await FailAsync(gateway.Client.PostKeyAsync(
            new() { RaidaId = 99, KeyPart = ByteString.CopyFrom(part), KeyStart = 200 }), errors);
        await FailAsync(gateway.Client.PostKeyAsync(
            new() { RaidaId = 5, KeyPart = ByteString.CopyFrom(part), Coin = new() { SerialNumber = 1 } }), errors);
        await FailAsync(gateway.Client.PostKeyAsync(
            new() { RaidaId = 6, KeyPart = ByteString.CopyFrom(part), IdempotencyKey = "once" }), errors);
        var pages = await gateway.ReadinessAsync();

        var text = string.Join('\n', [.. gateway.Logs.Lines, .. errors, pages]);
        Assert.Contains("bad.bin", text, StringComparison.Ordinal);
        Assert.True(gateway.Logs.Lines.Count > 10);
        Assert.Null(new SecretSearch([.. network.Secrets, part]).Find(text));
    }

    private static async Task FailAsync<TResponse>(AsyncUnaryCall<TResponse> call, List<string> errors)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await call);
        errors.Add($"{exception} {string.Join(' ', exception.Trailers.Where(entry => !entry.IsBinary).Select(entry => entry.Value))}");
        errors.Add(System.Text.Encoding.Latin1.GetString(
            exception.Trailers.Single(entry => entry.Key == "grpc-status-details-bin").ValueBytes));
    }
}
