using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Tests.Identity;

public sealed class LinkerdClientIdTests
{
    private const string Shop = "shop.market.serviceaccount.identity.linkerd.cluster.local";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Shop, $"dns:{Shop}")]
    [InlineData("spiffe://example.org/shop", "spiffe://example.org/shop")]
    public void The_header_gives_the_same_name_as_the_certificate(string header, string name)
    {
        Assert.True(LinkerdClientId.TryRead(header, out var identity));
        Assert.Equal((CallerKind.Forwarded, name), (identity!.Kind, identity.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData($"{Shop},other.market")]
    [InlineData($"{Shop} ")]
    [InlineData($".{Shop}")]
    [InlineData($"{Shop}.")]
    [InlineData("shop..market")]
    [InlineData("shop/market")]
    [InlineData("dns:shop")]
    [InlineData("jwt:issuer#subject")]
    [InlineData("spiffe://")]
    [InlineData("spiffe:///shop")]
    [InlineData("spiffe://example.org/shop,spiffe://example.org/bank")]
    [InlineData("SPIFFE://example.org/shop")]
    public void An_invalid_header_gives_no_identity(string header)
    {
        Assert.False(LinkerdClientId.TryRead(header, out var identity));
        Assert.Null(identity);
    }

    [Theory]
    [InlineData("127.0.0.0/8", "linkerd", LinkerdClientId.Header, Shop, $"dns:{Shop}")]
    [InlineData("10.0.0.0/8", "linkerd", LinkerdClientId.Header, Shop, "anonymous")]
    [InlineData(null, "linkerd", LinkerdClientId.Header, Shop, "anonymous")]
    [InlineData("127.0.0.0/8", null, LinkerdClientId.Header, Shop, "anonymous")]
    [InlineData("127.0.0.0/8", "envoy", LinkerdClientId.Header, Shop, "anonymous")]
    [InlineData("127.0.0.0/8", "linkerd", ForwardedCertificate.Header, "URI=spiffe://example.org/shop", "anonymous")]
    public async Task The_header_counts_only_from_trusted_Linkerd_proxies(
        string? from, string? by, string header, string value, string name)
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, from, by);
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);
        await gateway.Client.GetKeyAsync(
            new() { RaidaId = 1, KeyIdHash = posted.KeyIdHash },
            new Metadata { { header, value } },
            cancellationToken: Cancelled);
        Assert.Contains(gateway.Logs.Lines, line => line.Contains($"Caller={name} ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_headers_fail_the_call()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await StartAsync(network, "127.0.0.1", "linkerd");
        var refused = await Details.OfAsync(gateway.Client.GetKeyAsync(
            new() { RaidaId = 1, KeyIdHash = ByteString.CopyFrom(new byte[16]) },
            new Metadata { { LinkerdClientId.Header, Shop }, { LinkerdClientId.Header, "bank.market" } },
            cancellationToken: Cancelled));
        Assert.Equal("UNAUTHENTICATED", refused.Reason);
    }

    private static Task<RunningGateway> StartAsync(TestNetwork network, string? from, string? by) =>
        RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Identity:ForwardedFrom"] = from,
            ["Rke:Identity:ForwardedBy"] = by,
        });
}
