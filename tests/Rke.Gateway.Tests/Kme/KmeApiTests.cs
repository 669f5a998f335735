using System.Net;
using System.Text.Json;
using Grpc.Core;

namespace Rke.Gateway.Tests.Kme;

/// <summary>ETSI GS QKD 014 between two KMEs with one Redis each, called by curl as both SAEs.</summary>
public sealed class KmeApiTests(KmeFixture fixture) : IClassFixture<KmeFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private KmeSides Sides => fixture.Sides;

    [Fact]
    public async Task The_status_has_the_fields_of_the_standard_and_the_exact_number_of_keys()
    {
        await Sides.FillAsync();
        var count = await Sides.CountAsync();
        var status = await Sides.CallAsync("sae-a", Sides.A, "sae-b/status");
        Assert.Equal(HttpStatusCode.OK, status.Status);
        Assert.Equal(
            $$"""
            {"source_KME_ID":"kme-a","target_KME_ID":"kme-b","master_SAE_ID":"sae-a","slave_SAE_ID":"sae-b","key_size":256,
            "stored_key_count":{{count}},"max_key_count":48,"max_key_per_request":20,"max_key_size":1024,"min_key_size":64,"max_SAE_ID_count":0}
            """.ReplaceLineEndings(""),
            status.Json.GetRawText());

        // Each key that is taken counts at once.
        await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys");
        Assert.Contains(await Sides.CountAsync(), new[] { count - 1, count - 1 + 16 });
    }

    [Fact]
    public async Task Both_SAEs_get_the_same_keys_with_GET()
    {
        await Sides.FillAsync();
        var made = await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys");
        Assert.Equal(HttpStatusCode.OK, made.Status);
        Assert.Equal(["keys"], KmeResponse.NamesOf(made.Json));
        Assert.Equal(["key_ID", "key"], KmeResponse.NamesOf(made.Json.GetProperty("keys")[0]));
        var (id, key) = Assert.Single(made.Keys);
        Assert.Equal(32, key.Length);
        Assert.True(Guid.TryParseExact(id, "D", out _));

        var found = await Sides.CallAsync("sae-b", Sides.B, $"sae-a/dec_keys?key_ID={id}");
        Assert.Equal(HttpStatusCode.OK, found.Status);
        Assert.Equal((id, Convert.ToHexString(key)), (Assert.Single(found.Keys).Id, Convert.ToHexString(found.Keys[0].Key)));

        // The number and the size of the query.
        made = await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys?number=3&size=1024");
        Assert.Equal([128, 128, 128], made.Keys.Select(each => each.Key.Length));
    }

    [Fact]
    public async Task Both_SAEs_get_the_same_keys_with_POST_and_each_key_once()
    {
        await Sides.FillAsync();
        var made = await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys", """
            { "number": 3, "size": 512, "extension_optional": [ { "abc_max_age": 30000 } ], "extension_mandatory": [] }
            """);
        Assert.Equal([64, 64, 64], made.Keys.Select(key => key.Key.Length));
        Assert.Equal(3, made.Keys.Select(key => Convert.ToHexString(key.Key)).Distinct().Count());
        var ids = JsonSerializer.Serialize(new
        {
            key_IDs = made.Keys.Select(key => new { key_ID = key.Id, key_ID_extension = new { note = 1 } }),
            key_IDs_extension = new { },
        });
        var found = await Sides.CallAsync("sae-b", Sides.B, "sae-a/dec_keys", ids);
        Assert.Equal(made.Json.GetRawText(), found.Json.GetRawText());

        var again = await Sides.CallAsync("sae-b", Sides.B, "sae-a/dec_keys", ids);
        Assert.Equal(HttpStatusCode.BadRequest, again.Status);
        Assert.Equal("one or more keys specified are not found on KME", again.Message);
        Assert.Equal(
            made.Keys.Select(key => key.Id),
            again.Json.GetProperty("details").EnumerateArray().Select(detail => detail.GetProperty("key_ID").GetString()));

        // An empty object and an empty body request one key of the default size.
        Assert.Equal(32, Assert.Single((await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys", "{}")).Keys).Key.Length);
        Assert.Equal(32, Assert.Single((await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys", "")).Keys).Key.Length);
    }

    [Theory]
    [InlineData("""{ "size": 257 }""", "size shall be a multiple of 8")]
    [InlineData("""{ "size": 32 }""", "size shall be 64 to 1024")]
    [InlineData("""{ "size": 2048 }""", "size shall be 64 to 1024")]
    [InlineData("""{ "number": 0 }""", "number shall be 1 to 20, the value of max_key_per_request")]
    [InlineData("""{ "number": 21 }""", "number shall be 1 to 20, the value of max_key_per_request")]
    [InlineData("""{ "number": -1 }""", "number must be a whole number")]
    [InlineData("""{ "number": 1.5 }""", "number must be a whole number")]
    [InlineData("""{ "number": "1" }""", "number must be a whole number")]
    [InlineData("""{ "number": 99999999999 }""", "number must be a whole number")]
    [InlineData("""{ "count": 1 }""", "there is no parameter count; the parameters are number, size, additional_slave_SAE_IDs, extension_mandatory, extension_optional")]
    [InlineData("""{ "additional_slave_SAE_IDs": [ "sae-c" ] }""", "additional_slave_SAE_IDs is not supported: max_SAE_ID_count is 0")]
    [InlineData("""{ "extension_optional": [ 1 ] }""", "each element of extension_optional must be an object")]
    [InlineData("""{ "extension_optional": {} }""", "extension_optional must be an array")]
    [InlineData("""[]""", "the body must be a JSON object")]
    [InlineData("""{ "number": """, "the body is not JSON")]
    [InlineData("""{ "\ud800": 1 }""", "the body is not JSON")]
    public async Task A_bad_key_request_is_rejected_and_takes_no_key(string body, string message)
    {
        await Sides.FillAsync();
        var count = await Sides.CountAsync();
        var response = await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys", body);
        Assert.Equal((HttpStatusCode.BadRequest, message), (response.Status, response.Message));
        Assert.Equal(count, await Sides.CountAsync());
    }

    [Fact]
    public async Task The_error_names_the_mandatory_extensions_that_are_not_supported()
    {
        var response = await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys", """
            { "extension_mandatory": [ { "abc_route_type": "direct" }, { "abc_transfer_method": "qkd" } ] }
            """);
        Assert.Equal(
            (HttpStatusCode.BadRequest, "not all extension_mandatory parameters are supported"), (response.Status, response.Message));
        Assert.Equal(["message", "details"], KmeResponse.NamesOf(response.Json));
        Assert.Equal(
            ["direct", "qkd"],
            response.Json.GetProperty("details").EnumerateArray().Select(detail => detail.EnumerateObject().Single().Value.GetString()));
    }

    [Theory]
    [InlineData("sae-b/enc_keys?number=x", "number must be one whole number")]
    [InlineData("sae-b/enc_keys?number=1&number=2", "number must be one whole number")]
    [InlineData("sae-b/enc_keys?size=8&colour=red", "there is no parameter colour; the parameters are number, size")]
    public async Task A_bad_query_of_the_master_is_rejected(string path, string message)
    {
        var response = await Sides.CallAsync("sae-a", Sides.A, path);
        Assert.Equal((HttpStatusCode.BadRequest, message), (response.Status, response.Message));
    }

    [Theory]
    [InlineData("sae-a/dec_keys", null, "key_ID must be one key id; use POST for several")]
    [InlineData("sae-a/dec_keys?key_ID=1", null, "each key_ID shall be a UUID, as enc_keys returned it")]
    [InlineData("sae-a/dec_keys?key_ID=6ba7b810-9dad-81d1-80b4-00c04fd40020", null, "one or more keys specified are not found on KME")]
    [InlineData("sae-a/dec_keys?key_ID=6ba7b810-9dad-81d1-80b4-00c04fd430c8", null, "one or more keys specified are not found on KME")]
    [InlineData("sae-a/dec_keys", "{}", "key_IDs must be an array with at least one object { \"key_ID\": … }")]
    [InlineData("sae-a/dec_keys", """{ "key_IDs": [ { "key_ID": "\ud800" } ] }""", "the body is not JSON")]
    [InlineData("sae-a/dec_keys", """{ "key_IDs": [ { } ] }""", "each element of key_IDs must have the string key_ID")]
    [InlineData(
        "sae-a/dec_keys",
        """
        { "key_IDs": [ { "key_ID": "6ba7b810-9dad-81d1-80b4-00c04fd40020" }, { "key_ID": "6BA7B810-9dad-81d1-80b4-00c04fd40020" } ] }
        """,
        "each key_ID shall stand once")]
    public async Task A_bad_request_of_the_slave_is_rejected(string path, string? body, string message)
    {
        var response = await Sides.CallAsync("sae-b", Sides.B, path, body);
        Assert.Equal((HttpStatusCode.BadRequest, message), (response.Status, response.Message));
    }

    [Fact]
    public async Task One_unknown_key_id_takes_none_of_the_keys()
    {
        await Sides.FillAsync();
        var (id, _) = Assert.Single((await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys")).Keys);
        var response = await Sides.CallAsync("sae-b", Sides.B, "sae-a/dec_keys", $$"""
            { "key_IDs": [ { "key_ID": "{{id}}" }, { "key_ID": "6ba7b810-9dad-81d1-80b4-00c04fd40020" } ] }
            """);
        Assert.Equal(HttpStatusCode.BadRequest, response.Status);
        Assert.Equal(
            """[{"key_ID":"6ba7b810-9dad-81d1-80b4-00c04fd40020"}]""", response.Json.GetProperty("details").GetRawText());
        Assert.Single((await Sides.CallAsync("sae-b", Sides.B, $"sae-a/dec_keys?key_ID={id}")).Keys);
    }

    [Theory]
    [InlineData("stranger", "sae-b/status", "the identity of the client certificate is no SAE of this KME")]
    [InlineData("sae-c", "sae-b/status", "sae-c shares no keys with sae-b in this direction at this KME")]
    [InlineData("sae-c", "sae-b/enc_keys", "sae-c shares no keys with sae-b in this direction at this KME")]
    [InlineData("sae-a", "sae-c/enc_keys", "sae-a shares no keys with sae-c in this direction at this KME")]
    [InlineData("sae-a", "nothing/enc_keys", "sae-a shares no keys with nothing in this direction at this KME")]
    [InlineData("sae-b", "sae-a/enc_keys", "sae-b shares no keys with sae-a in this direction at this KME")]
    [InlineData("sae-b", "sae-a/dec_keys?key_ID=6ba7b810-9dad-81d1-80b4-00c04fd40020", "sae-b shares no keys with sae-a in this direction at this KME")]
    public async Task A_wrong_SAE_is_unauthorized(string sae, string path, string message)
    {
        var response = await Sides.CallAsync(sae, Sides.A, path);
        Assert.Equal((HttpStatusCode.Unauthorized, message), (response.Status, response.Message));
    }

    [Fact]
    public async Task A_key_is_returned_only_to_the_SAE_that_it_was_made_for()
    {
        await Sides.FillAsync();
        var (id, _) = Assert.Single((await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys")).Keys);
        foreach (var sae in new[] { "sae-a", "sae-c", "stranger" })
        {
            Assert.Equal(
                HttpStatusCode.Unauthorized, (await Sides.CallAsync(sae, Sides.B, $"sae-a/dec_keys?key_ID={id}")).Status);
        }

        Assert.Single((await Sides.CallAsync("sae-b", Sides.B, $"sae-a/dec_keys?key_ID={id}")).Keys);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("foreign")]
    public async Task A_client_without_a_certificate_of_the_authority_gets_no_connection(string? certificate)
    {
        var run = await Sides.CurlAsync(certificate, [$"{Sides.A.Kme}api/v1/keys/sae-b/status"]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.EndsWith("000", run.Output.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_paths_and_methods_are_errors_and_the_port_serves_only_the_KME()
    {
        foreach (var path in new[] { "metrics", "healthz", "ui", "api/v1/keys/sae-b", "api/v1/keys/sae-b/other", "rke.v1.RkeService/PostKey" })
        {
            var response = KmeResponse.Of(await Sides.CurlAsync("sae-a", [$"{Sides.A.Kme}{path}"]));
            Assert.Equal(HttpStatusCode.NotFound, response.Status);
            Assert.StartsWith("there is no such path", response.Message, StringComparison.Ordinal);
        }

        var method = KmeResponse.Of(await Sides.CurlAsync("sae-a", ["-X", "DELETE", $"{Sides.A.Kme}api/v1/keys/sae-b/enc_keys"]));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, method.Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Sides.CallAsync("sae-a", Sides.A, "sae-b/status", "{}")).Status);
        Assert.Equal(
            HttpStatusCode.NotFound, (await Sides.A.Http.GetAsync(new Uri("/api/v1/keys/sae-b/status", UriKind.Relative), Cancelled)).StatusCode);
    }

    [Fact]
    public async Task A_long_body_is_rejected()
    {
        var response = await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys", new string(' ', 300_000));
        Assert.Equal(
            (HttpStatusCode.BadRequest, "the body shall have at most 262144 bytes"), (response.Status, response.Message));
    }

    [Fact]
    public async Task A_request_for_more_keys_than_there_are_can_be_repeated_and_gets_the_refilled_stock()
    {
        await Sides.FillAsync();
        var taken = new List<string>();
        for (var attempt = 0; taken.Count < 3 * KmeSides.Stock; attempt++)
        {
            Assert.True(attempt < 1000);
            var run = await Sides.CurlAsync("sae-a", ["--include", $"{Sides.A.Kme}api/v1/keys/sae-b/enc_keys?number=20"]);
            if (run.Output.EndsWith("503", StringComparison.Ordinal))
            {
                Assert.Contains("Retry-After: 1", run.Output, StringComparison.Ordinal);
                Assert.Contains("keys for sae-b, and the request needs 20; repeat it later", run.Output, StringComparison.Ordinal);
                continue;
            }

            var body = run.Output[run.Output.IndexOf('{', StringComparison.Ordinal)..run.Output.LastIndexOf('\n')];
            taken.AddRange(JsonDocument.Parse(body).RootElement.GetProperty("keys").EnumerateArray()
                .Select(key => key.GetProperty("key_ID").GetString()!));
        }

        Assert.Equal(taken.Count, taken.Distinct().Count());
        await Sides.FillAsync();
    }

    [Fact]
    public async Task Concurrent_requests_for_one_key_id_return_the_key_once()
    {
        await Sides.FillAsync();
        var (id, _) = Assert.Single((await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys")).Keys);
        var responses = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Sides.CallAsync("sae-b", Sides.B, $"sae-a/dec_keys?key_ID={id}")));
        Assert.Single(responses, response => response.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Sessions_of_the_KME_are_in_no_list_and_its_coins_are_reserved()
    {
        await Sides.FillAsync();
        Assert.Empty((await Sides.Gateways.ReceiverClient.ListSessionsAsync(new(), cancellationToken: Cancelled)).Sessions);
        var failure = await Details.OfAsync(Sides.A.Client.PostKeyAsync(
            new() { RaidaId = 1, Coin = new() { SerialNumber = 1000 }, KeyPart = Google.Protobuf.ByteString.CopyFrom(new byte[16]) },
            cancellationToken: Cancelled));
        Assert.Equal((StatusCode.PermissionDenied, "NOT_PERMITTED"), (failure.Code, failure.Reason));
        failure = await Details.OfAsync(Sides.A.Client.GetKeyAsync(
            new() { RaidaId = 1, Coin = new() { SerialNumber = 1000 }, KeyId = Google.Protobuf.ByteString.CopyFrom(new byte[16]) },
            cancellationToken: Cancelled));
        Assert.Equal((StatusCode.PermissionDenied, "NOT_PERMITTED"), (failure.Code, failure.Reason));

        // Each other session uses another coin, and goes to the inbox.
        for (var count = 0; count < 12; count++)
        {
            await Sides.Gateways.InitiatorClient.InitiateSessionAsync(new() { Endpoint = Sides.Gateways.Target }, cancellationToken: Cancelled);
        }

        var sessions = (await Sides.Gateways.ReceiverClient.ListSessionsAsync(new(), cancellationToken: Cancelled)).Sessions;
        Assert.Equal(12, sessions.Count);
        Assert.All(sessions, session => Assert.InRange(session.Sender.Coin.SerialNumber, 1010u, 1039u));
        foreach (var session in sessions)
        {
            await Sides.Gateways.ReceiverClient.CloseSessionAsync(new() { SessionId = session.SessionId }, cancellationToken: Cancelled);
        }
    }

    [Fact]
    public async Task Keys_are_encrypted_in_Redis()
    {
        await Sides.FillAsync();
        foreach (var (redis, stock) in Sides.Redis.Zip(["m:sae-a:sae-b", "s:sae-a:sae-b"]))
        {
            // $69: version, name of the sealing key, nonce, tag, and 32 encrypted bytes.
            var values = (await redis.AskAsync("HVALS", $"rke:{{k:{stock}}}:k")).Split("\r\n$");
            Assert.True(values.Length > KmeSides.Stock - 16);
            Assert.All(values.Skip(1), value => Assert.StartsWith("69\r\n\u0001", value, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Each_key_is_in_the_audit_log_and_the_metrics_show_the_stock()
    {
        await Sides.FillAsync();
        var (id, key) = Assert.Single((await Sides.CallAsync("sae-a", Sides.A, "sae-b/enc_keys")).Keys);
        await Sides.CallAsync("sae-b", Sides.B, $"sae-a/dec_keys?key_ID={id}");
        Assert.Contains(
            Sides.A.Logs.GetSnapshot(),
            record => record.Message == $"The KME key {id} was handed out to SAE sae-a (spiffe://example.org/sae-a).");
        Assert.Contains(
            Sides.B.Logs.GetSnapshot(),
            record => record.Message == $"The KME key {id} was handed out to SAE sae-b (spiffe://example.org/sae-b).");
        Assert.DoesNotContain(
            Sides.A.Logs.GetSnapshot(), record => record.Message.Contains(Convert.ToBase64String(key), StringComparison.Ordinal));
        await Sides.FillAsync();
        var count = await Sides.CountAsync();
        await Eventually.IsTrueAsync(async () => (await MetricsAsync(Sides.A)).Contains(
            $"rke_kme_stock{{master=\"sae-a\",side=\"master\",slave=\"sae-b\"}} {count}", StringComparison.Ordinal));
        Assert.Contains("rke_kme_stock{master=\"sae-a\",side=\"slave\",slave=\"sae-b\"}", await MetricsAsync(Sides.B), StringComparison.Ordinal);
        Assert.Contains("rke_kme_requests_total{method=\"enc_keys\",status=\"200\"}", await MetricsAsync(Sides.A), StringComparison.Ordinal);
        Assert.Contains("rke_certificate_expiry_timestamp_seconds{certificate=\"kme_server\"}", await MetricsAsync(Sides.A), StringComparison.Ordinal);
    }

    private static async Task<string> MetricsAsync(RunningGateway gateway) =>
        await gateway.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancelled);
}

/// <summary>Two KMEs for a class of tests.</summary>
public sealed class KmeFixture : IAsyncLifetime
{
    internal KmeSides Sides { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sides = await KmeSides.StartAsync();

    public ValueTask DisposeAsync() => Sides.DisposeAsync();
}
