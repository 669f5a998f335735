using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Identity;
using Rke.Gateway.Quotas;
using Rke.Gateway.Tests.Observability;
using Rke.V1;

namespace Rke.Gateway.Tests.Quotas;

/// <summary>Caller quotas, over gRPC.</summary>
public sealed class CallerQuotaTests
{
    private static readonly GetKeyRequest NoSuchKey = new() { RaidaId = 3, KeyIdHash = ByteString.CopyFrom(new byte[16]) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refused_request_has_the_retry_delay()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, ("RequestsPerSecond", "2"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => GetAsync(gateway)));
        Assert.Equal(2, answers.Count(answer => answer.Reason == "KEY_NOT_FOUND"));
        var refused = answers.Where(answer => answer.Reason == "CALLER_QUOTA").ToList();
        Assert.Equal(4, refused.Count);
        Assert.All(refused, answer =>
        {
            Assert.Equal(StatusCode.ResourceExhausted, answer.Code);
            Assert.Equal("caller:anonymous", Assert.Single(answer.Quota!.Violations).Subject);
            Assert.InRange(answer.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1.1));
        });
    }

    [Fact]
    public async Task With_a_trusted_header_posts_are_counted_for_each_client()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(
            network,
            ("PostsPerDay", "1"),
            ("TrustHeader", "true"),
            ("Overrides:0:Id", "spiffe://example.org/bank"),
            ("Overrides:0:PostsPerDay", "2"));
        await PostAsync(gateway, "shop");
        Assert.Equal("CALLER_QUOTA", (await Details.OfAsync(Post(gateway, "shop"))).Reason);
        await PostAsync(gateway, "spiffe://example.org/bank");
        await PostAsync(gateway, "spiffe://example.org/bank");
        Assert.Equal("CALLER_QUOTA", (await Details.OfAsync(Post(gateway, "spiffe://example.org/bank"))).Reason);
        Assert.Equal("KEY_NOT_FOUND", (await GetAsync(gateway, "shop")).Reason);
    }

    [Fact]
    public async Task A_header_that_is_not_trusted_changes_nothing()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, ("PostsPerDay", "1"));
        await PostAsync(gateway, "shop");
        Assert.Equal("CALLER_QUOTA", (await Details.OfAsync(Post(gateway, "bank"))).Reason);
    }

    [Fact]
    public async Task Shadow_mode_reports_refusals_and_admits_all_calls()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, ("PostsPerDay", "1"), ("Shadow", "true"));
        await PostAsync(gateway, "shop");
        await PostAsync(gateway, "shop");
        Assert.Single(gateway.Logs.Lines, line => line.Contains("Shadow mode", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("RequestsPerSecond", "caller_rate", false)]
    [InlineData("RequestsPerSecond", "caller_rate", true)]
    [InlineData("PostsPerDay", "caller_posts", false)]
    [InlineData("PostsPerDay", "caller_posts", true)]
    public async Task The_metrics_contain_the_decisions(string limit, string limiter, bool isShadow)
    {
        const int Calls = 10;
        await using var network = await TestNetwork.StartAsync(coins: Calls);
        await using var gateway = await StartAsync(network, (limit, "1"), ("Shadow", $"{isShadow}"));
        var refused = (await Task.WhenAll(Enumerable.Range(0, Calls).Select(async _ => limit == "PostsPerDay"
            ? await IsRefusedAsync(gateway)
            : (await GetAsync(gateway)).Reason == "CALLER_QUOTA"))).Count(isRefused => isRefused);

        var samples = await Samples.OfAsync(gateway);
        double Of(string decision) =>
            samples[$"rke_limiter_decisions_total{{limiter=\"{limiter}\",decision=\"{decision}\"}}"];
        Assert.Equal(refused, Of("refused"));
        Assert.Equal(Calls, Of("admitted") + Of("refused") + Of("shadow_refused"));
        Assert.True(Of("admitted") >= 1);
        Assert.True(Of(isShadow ? "shadow_refused" : "refused") >= 1);
        Assert.Equal(0, Of(isShadow ? "refused" : "shadow_refused"));
        Assert.Empty(await samples.LintAsync());
    }

    [Fact]
    public async Task Without_Redis_each_replica_grants_its_share()
    {
        await using var network = await TestNetwork.StartAsync();
        var server = await RedisServerProcess.StartAsync();
        await using var gateway = await StartAsync(
            network, ("PostsPerDay", "10"), ("LocalShare", "0.2"), ("/Redis:Endpoints", server.Endpoint));
        await PostAsync(gateway, "shop");
        await server.DisposeAsync();

        // The share of this replica is two posts. They fail with STATE_UNAVAILABLE, because the coin state needs Redis.
        await Eventually.IsTrueAsync(async () => (await Details.OfAsync(Post(gateway, "shop"))).Reason == "CALLER_QUOTA");
        Assert.Equal("KEY_NOT_FOUND", (await GetAsync(gateway)).Reason);
    }

    [Fact]
    public void A_certificates_URI_names_the_caller()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=shop", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("shop.example.org");
        names.AddUri(new Uri("spiffe://example.org/shop"));
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        Assert.Equal("spiffe://example.org/shop", CertificateIdentity.Of(certificate)?.Name);
    }

    [Theory]
    [InlineData("RKE.v1.RkeService", "PostKey")]
    [InlineData("rke.v1.rkeservice", "postkey")]
    [InlineData("rke.v1.RkeService", "PostKey/")]
    public async Task Another_spelling_of_the_path_has_the_same_quota(string service, string name)
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await StartAsync(network, ("PostsPerDay", "1"));
        var method = new Method<PostKeyRequest, PostKeyResponse>(
            MethodType.Unary,
            service,
            name,
            Marshallers.Create(request => request.ToByteArray(), PostKeyRequest.Parser.ParseFrom),
            Marshallers.Create(response => response.ToByteArray(), PostKeyResponse.Parser.ParseFrom));
        await PostAsync(gateway, "shop");

        var again = gateway.Channel.CreateCallInvoker().AsyncUnaryCall(
            method, null, new CallOptions(cancellationToken: Cancelled), new() { RaidaId = 3, KeyPart = ByteString.CopyFrom(new byte[8]) });

        Assert.Equal("CALLER_QUOTA", (await Details.OfAsync(again)).Reason);
    }

    private static Task<RunningGateway> StartAsync(TestNetwork network, params (string Key, string Value)[] limits)
    {
        var settings = network.Settings();
        foreach (var (key, value) in limits)
        {
            settings[key[0] == '/' ? $"Rke:{key[1..]}" : $"Rke:Limits:Caller:{key}"] = value;
        }

        return RunningGateway.StartAsync(settings);
    }

    private static AsyncUnaryCall<PostKeyResponse> Post(RunningGateway gateway, string client) =>
        gateway.Client.PostKeyAsync(
            new() { RaidaId = 3, KeyPart = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(8)) },
            new Metadata { { QuotaCaller.Header, client } },
            cancellationToken: Cancelled);

    private static async Task PostAsync(RunningGateway gateway, string client) => await Post(gateway, client);

    private static async Task<bool> IsRefusedAsync(RunningGateway gateway)
    {
        try
        {
            await Post(gateway, "shop");
            return false;
        }
        catch (RpcException exception)
        {
            Assert.Equal("CALLER_QUOTA", new Details(exception).Reason);
            return true;
        }
    }

    private static Task<Details> GetAsync(RunningGateway gateway, string client = "shop") => Details.OfAsync(
        gateway.Client.GetKeyAsync(
            NoSuchKey, new Metadata { { QuotaCaller.Header, client } }, cancellationToken: Cancelled));
}
