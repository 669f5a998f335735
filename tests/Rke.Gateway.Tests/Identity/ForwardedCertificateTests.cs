using Grpc.Core;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Tests.Identity;

public sealed class ForwardedCertificateTests
{
    [Theory]
    [InlineData("URI=spiffe://a/b", "spiffe://a/b")]
    [InlineData("By=spiffe://me;Hash=00ff;Subject=\"CN=x,O=y;z\";URI=spiffe://a/b;DNS=a.example", "spiffe://a/b")]
    [InlineData("URI=spiffe://client, By=spiffe://me;URI=spiffe://proxy", "spiffe://proxy")]
    [InlineData("URI=spiffe://client,DNS=proxy.example;DNS=other.example", "dns:proxy.example")]
    [InlineData("Subject=\"a \\\" URI=spiffe://no\";uri=\"spiffe://a/b\"", "spiffe://a/b")]
    [InlineData("URI=spiffe://a;URI=spiffe://b", null)]
    [InlineData("URI=spiffe://client,Hash=00", null)]
    [InlineData("URI=;Hash=00", null)]
    [InlineData("URI=dns:shop.example", null)]
    [InlineData("URI=JWT:issuer#subject", null)]
    [InlineData("URI=cn:shop;DNS=a.example", null)]
    [InlineData("URI=anonymous", null)]
    public void The_last_element_names_the_caller(string header, string? name)
    {
        Assert.True(ForwardedCertificate.TryRead(header, out var identity));
        Assert.Equal(name, identity?.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("spiffe://a/b")]
    [InlineData("=spiffe://a")]
    [InlineData("URI=spiffe://a,")]
    [InlineData("URI=spiffe://a;")]
    [InlineData("Subject=\"open;URI=spiffe://a")]
    [InlineData("Subject=\"open\\")]
    [InlineData("Subject=\"a\"b;URI=spiffe://a")]
    [InlineData("Subject=a\"b\";URI=spiffe://a")]
    [InlineData("URI=spiffe://a,,URI=spiffe://b")]
    public void An_invalid_header_gives_no_identity(string header)
    {
        Assert.False(ForwardedCertificate.TryRead(header, out _));
        for (var length = 0; length < header.Length; length++)
        {
            ForwardedCertificate.TryRead(header[..length], out _);
        }
    }

    [Theory]
    [InlineData("127.0.0.0/8", "spiffe://example.org/shop")]
    [InlineData("10.0.0.0/8, 127.0.0.1", "spiffe://example.org/shop")]
    [InlineData("10.0.0.0/8", "anonymous")]
    [InlineData(null, "anonymous")]
    public async Task The_header_counts_only_from_trusted_proxies(string? from, string name)
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(
            new Dictionary<string, string?>(network.Settings()) { ["Rke:Identity:ForwardedFrom"] = from });
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 1, KeyPart = Google.Protobuf.ByteString.CopyFrom(new byte[16]) },
            cancellationToken: TestContext.Current.CancellationToken);
        await gateway.Client.GetKeyAsync(
            new() { RaidaId = 1, KeyIdHash = posted.KeyIdHash },
            new Metadata { { ForwardedCertificate.Header, "By=spiffe://gateway;URI=spiffe://example.org/shop" } },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains(gateway.Logs.Lines, line => line.Contains($"Caller={name} ", StringComparison.Ordinal));
    }
}
