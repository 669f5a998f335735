using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Gateway.Tests.Calls;

/// <summary>An invalid request reports all invalid fields, and sends no datagram.</summary>
public sealed class BadFieldTests(EmbeddedGateway fixture) : IClassFixture<EmbeddedGateway>
{
    private static readonly ByteString Sixteen = ByteString.CopyFrom(new byte[16]);
    private static readonly KeyPartLocation GoodPart = new()
    {
        KeyIdHash = Sixteen,
        Server = new() { Host = "127.0.0.1", Port = 50014 },
    };

    private RkeService.RkeServiceClient Client => fixture.Gateway.Client;

    [Theory]
    [InlineData("{}", "key_part")]
    [InlineData("""{"keyPart":"AAAA"}""", "key_part")]
    [InlineData("""{"keyPart":"AAAAAAAAAAA=","raidaId":25}""", "raida_id")]
    [InlineData("""{"keyPart":"AAAAAAAAAAA=","network":7}""", "network")]
    [InlineData("""{"keyPart":"AAAAAAAAAAA=","network":70000}""", "network")]
    [InlineData("""{"keyPart":"AAAAAAAAAAA=","keyId":"AAAA"}""", "key_id")]
    [InlineData("""{"keyPart":"AAAAAAAAAAA=","keyStart":128}""", "key_start")]
    [InlineData("""{"keyPart":"AAAAAAAAAAA=","keyStart":121}""", "key_start")]
    [InlineData("""{"keyPart":"AAAAAAAAAAA=","coin":{"denomination":128}}""", "coin.denomination")]
    [InlineData("""{"keyPart":"AAAAAAAAAAA=","coin":{"denomination":-129}}""", "coin.denomination")]
    [InlineData("""{"network":9,"raidaId":30,"keyId":"AA==","keyPart":"AA==","keyStart":200,"coin":{"denomination":500}}""",
        "network", "raida_id", "coin.denomination", "key_id", "key_part", "key_start")]
    public async Task PostKey(string json, params string[] fields) =>
        AssertFields(await Details.OfAsync(Client.PostKeyAsync(PostKeyRequest.Parser.ParseJson(json))), fields);

    [Fact]
    public async Task An_idempotency_key_has_at_most_128_characters()
    {
        var request = new PostKeyRequest { KeyPart = Sixteen, IdempotencyKey = new string('k', 129) };
        AssertFields(await Details.OfAsync(Client.PostKeyAsync(request)), ["idempotency_key"]);
        request.IdempotencyKey = string.Concat(Enumerable.Repeat("🔑", 128));
        await Client.PostKeyAsync(request);
    }

    [Theory]
    [InlineData("{}", "server", "id")]
    [InlineData("""{"raidaId":0}""", "id")]
    [InlineData("""{"raidaId":25,"keyId":""}""", "raida_id", "key_id")]
    [InlineData("""{"raidaId":1,"keyIdHash":"AAAA"}""", "key_id_hash")]
    [InlineData("""{"endpoint":{},"keyIdHash":"AAAAAAAAAAAAAAAAAAAAAA=="}""", "endpoint.host", "endpoint.port")]
    [InlineData("""{"endpoint":{"host":"127.0.0.1","port":65536},"keyIdHash":"AAAAAAAAAAAAAAAAAAAAAA=="}""", "endpoint.port")]
    [InlineData("""{"endpoint":{"host":"not a name","port":1},"keyIdHash":"AAAAAAAAAAAAAAAAAAAAAA=="}""", "endpoint.host")]
    [InlineData("""{"endpoint":{"host":"1","port":1},"keyIdHash":"AAAAAAAAAAAAAAAAAAAAAA=="}""", "endpoint.host")]
    [InlineData("""{"endpoint":{"host":"0x7f.1","port":1},"keyIdHash":"AAAAAAAAAAAAAAAAAAAAAA=="}""", "endpoint.host")]
    [InlineData("""{"endpoint":{"host":"::1%3","port":1},"keyIdHash":"AAAAAAAAAAAAAAAAAAAAAA=="}""", "endpoint.host")]
    [InlineData("""{"network":5,"raidaId":1,"keyId":"AA==","coin":{"denomination":1000}}""",
        "network", "key_id", "coin.denomination")]
    public async Task GetKey(string json, params string[] fields) =>
        AssertFields(await Details.OfAsync(Client.GetKeyAsync(GetKeyRequest.Parser.ParseJson(json))), fields);

    [Fact]
    public async Task Signal_without_fields()
    {
        AssertFields(await Details.OfAsync(Client.SignalAsync(new())), ["target", "parts"]);
        AssertFields(await Details.OfAsync(Client.SignalAsync(new() { Domain = "", Parts = { GoodPart } })), ["domain"]);
    }

    [Fact]
    public async Task Signal_reports_each_invalid_part()
    {
        var request = new SignalRequest
        {
            Endpoint = new() { Host = "127.0.0.1", Port = 0 },
            Parts =
            {
                GoodPart,
                new KeyPartLocation(),
                new KeyPartLocation { KeyIdHash = Sixteen, Server = new() { Host = "localhost", Port = 70000 } },
            },
        };
        AssertFields(
            await Details.OfAsync(Client.SignalAsync(request)),
            ["endpoint.port", "parts[1].key_id_hash", "parts[1].server", "parts[2].server.host", "parts[2].server.port"]);
    }

    [Fact]
    public async Task Signal_has_at_most_16_parts()
    {
        var request = new SignalRequest { Endpoint = new() { Host = "127.0.0.1", Port = 1 } };
        request.Parts.AddRange(Enumerable.Repeat(GoodPart, 17));
        AssertFields(await Details.OfAsync(Client.SignalAsync(request)), ["parts"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("two..dots")]
    public async Task Lookup(string domain) =>
        AssertFields(await Details.OfAsync(Client.LookupAsync(new() { Domain = domain })), ["domain"]);

    private static void AssertFields(Details details, string[] fields)
    {
        Assert.Equal(StatusCode.InvalidArgument, details.Code);
        Assert.Equal("INVALID_FIELD", details.Reason);
        Assert.Equal(fields.Order(StringComparer.Ordinal), details.BadFields.Order(StringComparer.Ordinal));
    }
}
