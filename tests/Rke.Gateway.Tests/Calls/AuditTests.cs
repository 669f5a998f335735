using System.Security.Cryptography;
using Google.Protobuf;

namespace Rke.Gateway.Tests.Calls;

public sealed class AuditTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_key_part_handed_out_leaves_a_line_without_its_bytes()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var part = RandomNumberGenerator.GetBytes(32);
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 7, KeyPart = ByteString.CopyFrom(part) }, cancellationToken: Cancelled);
        await gateway.Client.GetKeyAsync(new() { RaidaId = 7, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled);
        await Details.OfAsync(gateway.Client.GetKeyAsync(
            new() { RaidaId = 7, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled));

        var line = Assert.Single(gateway.Logs.Lines, line => line.StartsWith("Information 1600 ", StringComparison.Ordinal));
        Assert.Contains("Caller=anonymous ", line, StringComparison.Ordinal);
        Assert.Contains("Network=6 RaidaId=7 ", line, StringComparison.Ordinal);
        var digest = Convert.ToHexStringLower(SHA256.HashData(posted.KeyIdHash.Span));
        Assert.Contains($"KeyIdHashDigest={digest}", line, StringComparison.Ordinal);
        foreach (var secret in (byte[][])[part, posted.KeyId.ToByteArray(), posted.KeyIdHash.ToByteArray()])
        {
            Assert.DoesNotContain(gateway.Logs.Lines, each =>
                each.Contains(Convert.ToHexString(secret), StringComparison.OrdinalIgnoreCase)
                || each.Contains(Convert.ToBase64String(secret), StringComparison.Ordinal));
        }
    }
}
