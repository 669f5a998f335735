using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Rke.Gateway.Tests.Identity;
using Rke.Gateway.Tests.Observability;

namespace Rke.Gateway.Tests.Json;

/// <summary>The API as JSON, over real HTTP: the same calls, limits and errors as gRPC.</summary>
public sealed class JsonTests(EmbeddedGateway embedded) : IClassFixture<EmbeddedGateway>
{
    private const string Origin = "https://app.example.com";
    private const string Part = "AAECAwQFBgcICQoLDA0ODw==";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private RunningGateway Gateway => embedded.Gateway;

    [Fact]
    public async Task A_part_is_posted_and_collected()
    {
        var (code, posted) = await PostAsync(Gateway, "/v1/keys:post", $$"""{"raidaId":14,"keyPart":"{{Part}}"}""");
        Assert.Equal((HttpStatusCode.OK, 14), (code, (int)posted["raidaId"]!));
        var (_, got) = await PostAsync(Gateway, "/v1/keys:get", $$"""{"raida_id":14,"key_id_hash":"{{posted["keyIdHash"]}}"}""");
        Assert.Equal(Part, (string?)got["keyPart"]);
        var (gone, error) = await PostAsync(Gateway, "/v1/keys:get", $$"""{"raidaId":14,"keyIdHash":"{{posted["keyIdHash"]}}"}""");
        Assert.Equal((HttpStatusCode.NotFound, "KEY_NOT_FOUND"), (gone, ReasonOf(error)));
        var samples = await Samples.OfAsync(Gateway);
        Assert.Equal(1, samples["rke_grpc_requests_total{method=\"rke.v1.RkeService/PostKey\",code=\"OK\"}"]);
        Assert.Equal(1, samples["rke_grpc_requests_total{method=\"rke.v1.RkeService/GetKey\",code=\"NOT_FOUND\"}"]);
        var line = Assert.Single(Gateway.Logs.GetSnapshot(), record => record.Message.Contains("KEY_NOT_FOUND", StringComparison.Ordinal)
            && record.Category!.EndsWith("FailedCallLog", StringComparison.Ordinal));
        Assert.Contains("rke.v1.RkeService/GetKey", line.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Gateway.Logs.GetSnapshot(), record => record.Message.Contains(Part, StringComparison.Ordinal)
                || record.StructuredState?.Any(pair => pair.Value?.Contains(Part, StringComparison.Ordinal) == true) == true);
    }

    [Fact]
    public async Task A_session_is_made_claimed_and_listed()
    {
        await using var receiver = await RunningGateway.StartAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Rke:Signal:Listen"] = "127.0.0.1:0" });
        var port = receiver.Logs.GetSnapshot().Select(record => record.Message).Single(
            message => message.StartsWith("The gateway receives Signals at ", StringComparison.Ordinal)).Split(':')[^1].TrimEnd('.');
        var (code, made) = await PostAsync(
            receiver, "/v1/sessions", $$"""{"deriveLabels":["a"],"endpoint":{"host":"127.0.0.1","port":{{port}} } }""");
        Assert.True(code == HttpStatusCode.OK, $"{made}");
        var (_, claimed) = await PostAsync(receiver, "/v1/sessions:claim", $$"""{"sessionId":"{{made["sessionId"]}}"}""");
        Assert.Equal((string?)made["key"], (string?)claimed["key"]);
        Assert.Equal((string?)made["derivedKey"], (string?)claimed["derivedKey"]);
        var (_, list) = await GetAsync(receiver, "/v1/sessions?states=STATE_CLAIMED&page_size=5");
        Assert.Equal((string?)made["sessionId"], (string?)Assert.Single(list["sessions"]!.AsArray())!["sessionId"]);

        using var stream = await receiver.Http.SendAsync(Json(
            "/v1/sessions:stream", $$"""{"endpoint":{"host":"127.0.0.1","port":{{port}} } }"""), Cancelled);
        var steps = (await stream.Content.ReadAsStringAsync(Cancelled)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotNull(JsonNode.Parse(steps[0])!["lookedUp"]);
        var last = JsonNode.Parse(steps[^1])!["result"]!;
        (_, claimed) = await PostAsync(receiver, "/v1/sessions:claim", $$"""{"sessionId":"{{last["sessionId"]}}"}""");
        Assert.Equal((string?)last["key"], (string?)claimed["key"]);
        Assert.Equal((string?)last["derivedKey"], (string?)claimed["derivedKey"]);
    }

    [Fact]
    public async Task The_state_of_the_gateway_is_read_with_GET()
    {
        var (code, servers) = await GetAsync(Gateway, "/v1/servers?network=6");
        Assert.Equal((HttpStatusCode.OK, 25), (code, servers["servers"]!.AsArray().Count));
    }

    [Theory]
    [InlineData("/v1/keys:post", """{"raidaId":14,"part":"AA=="}""", "part")]
    [InlineData("/v1/keys:post", """{"raidaId":99,"keyPart":"AA=="}""", "key_part", "raida_id")]
    [InlineData("/v1/keys:post?raidaId=14", "{}", "raidaId")]
    [InlineData("/v1/signals:send", """{"parts":[{"server":{"address":"x"}}]}""", "parts[0].server.address")]
    [InlineData("/v1/sessions:stream", """{"preferences":{"network":"six"}}""", "session.preferences.network")]
    public async Task An_invalid_request_names_the_fields(string path, string body, params string[] fields)
    {
        var (code, error) = await PostAsync(Gateway, path, body);
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_FIELD", 3), (code, ReasonOf(error), (int)error["code"]!));
        var bad = error["details"]!.AsArray().Single(detail => ((string)detail!["@type"]!).EndsWith("/google.rpc.BadRequest", StringComparison.Ordinal));
        Assert.Equal(fields, bad!["fieldViolations"]!.AsArray().Select(violation => (string)violation!["field"]!).Order());
    }

    [Theory]
    [InlineData("/v1/servers?net=6", "net")]
    [InlineData("/v1/servers?network=six", "network")]
    [InlineData("/v1/servers?network=6&network=7", "network")]
    [InlineData("/v1/coins?refusedOnly=yes", "refused_only")]
    [InlineData("/v1/sessions?states=WAITING", "states")]
    [InlineData("/v1/sessions?arrivedFrom=now", "arrived_from")]
    [InlineData("/v1/domains/example.com?domain=example.org", "domain")]
    public async Task An_invalid_parameter_is_named(string path, string field)
    {
        var (code, error) = await GetAsync(Gateway, path);
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_FIELD"), (code, ReasonOf(error)));
        Assert.Contains($"\"field\":\"{field}\"", error.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_must_be_JSON_and_small()
    {
        using var text = new HttpRequestMessage(HttpMethod.Post, "/v1/keys:post") { Content = new StringContent("{}", Encoding.UTF8, "text/plain") };
        Assert.Equal((HttpStatusCode.BadRequest, "MESSAGE_UNREADABLE"), await ReasonAsync(Gateway, text));
        using var broken = Json("/v1/keys:post", "{");
        Assert.Equal((HttpStatusCode.BadRequest, "MESSAGE_UNREADABLE"), await ReasonAsync(Gateway, broken));
        using var charset = Json("/v1/keys:post", "{}");
        charset.Content!.Headers.ContentType!.CharSet = "utf-16";
        Assert.Equal((HttpStatusCode.BadRequest, "MESSAGE_UNREADABLE"), await ReasonAsync(Gateway, charset));
        foreach (var blank in (string[])[" ", "   ", "\\n"])
        {
            using var empty = Json("/v1/keys:post", $$"""{"raidaId":3,"keyPart":"{{blank}}"}""");
            Assert.Equal((HttpStatusCode.BadRequest, "INVALID_FIELD"), await ReasonAsync(Gateway, empty));
        }

        using var large = Json("/v1/keys:post", $$"""{"idempotencyKey":"{{new string('x', 64 << 10)}}"}""");
        Assert.Equal((HttpStatusCode.TooManyRequests, "MESSAGE_TOO_LARGE"), await ReasonAsync(Gateway, large));
        using var largest = Json("/v1/keys:post", $$"""{"idempotencyKey":"{{new string('x', 63 << 10)}}"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_FIELD"), await ReasonAsync(Gateway, largest));
    }

    [Theory]
    [InlineData("GET", "/v1/keys:post")]
    [InlineData("POST", "/v1/keys:take")]
    [InlineData("POST", "/rke.v1.RkeService/PostKey")]
    public async Task A_path_that_does_not_exist_is_an_error_that_says_what_to_do(string method, string path)
    {
        using var request = Json(path, "{}");
        request.Method = new(method);
        using var response = await Gateway.Http.SendAsync(request, Cancelled);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancelled))!;
        Assert.Equal("NOT_SERVED", ReasonOf(error));
        Assert.Contains("/reference", (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_policy_and_the_identity_of_the_caller_apply()
    {
        using var folder = new TlsFolder();
        using var signer = new TokenSigner("ES256");
        folder.WriteFile("jwks.json", signer.KeySet);
        folder.WriteFile("policy.json", """{"rules":[{"callers":["jwt:https://issuer.example#shop"],"methods":["rke.v1.RkeService/PostKey"]}]}""");
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Rke:Identity:Jwt:Keys"] = folder.PathOf("jwks.json"),
            ["Rke:Identity:Jwt:Issuer"] = "https://issuer.example",
            ["Rke:Identity:Jwt:Audience"] = "rke-gateway",
            ["Rke:Policy:Path"] = folder.PathOf("policy.json"),
        });
        var body = $$"""{"raidaId":14,"keyPart":"{{Part}}"}""";
        using var anonymous = Json("/v1/keys:post", body);
        Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHENTICATED"), await ReasonAsync(gateway, anonymous));
        var token = signer.Sign(new
        {
            iss = "https://issuer.example",
            aud = "rke-gateway",
            sub = "shop",
            exp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 300,
        });
        using var allowed = Json("/v1/keys:post", body);
        allowed.Headers.Authorization = new("Bearer", token);
        using var response = await gateway.Http.SendAsync(allowed, Cancelled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var forbidden = Json("/v1/keys:get", "{}");
        forbidden.Headers.Authorization = new("Bearer", token);
        Assert.Equal((HttpStatusCode.Forbidden, "NOT_PERMITTED"), await ReasonAsync(gateway, forbidden));
        using var forged = Json("/v1/keys:post", body);
        forged.Headers.Authorization = new("Bearer", token[..^4] + "AAAA");
        Assert.Equal((HttpStatusCode.Unauthorized, "UNAUTHENTICATED"), await ReasonAsync(gateway, forged));
    }

    [Fact]
    public async Task The_quota_of_callers_applies()
    {
        await using var gateway = await StartAsync(("Rke:Limits:Caller:PostsPerDay", "1"));
        var body = $$"""{"raidaId":14,"keyPart":"{{Part}}"}""";
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(gateway, "/v1/keys:post", body)).Code);
        using var again = Json("/v1/keys:post", body);
        using var response = await gateway.Http.SendAsync(again, Cancelled);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancelled))!;
        Assert.Equal((HttpStatusCode.TooManyRequests, "CALLER_QUOTA"), (response.StatusCode, ReasonOf(error)));
        Assert.Contains("google.rpc.RetryInfo", error.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_limits_of_calls_and_connections_apply()
    {
        await using var gateway = await StartAsync(("Rke:Grpc:MaxCalls", "1"), ("Rke:Grpc:MaxConnections", "2"));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);

        // The response has no headers before the first session.
        var watch = gateway.Http.GetAsync(new Uri("/v1/sessions:watch", UriKind.Relative), enough.Token);
        const string InFlight = "rke_grpc_requests_in_flight{method=\"rke.v1.RkeSessionService/WatchSessions\"}";
        await Eventually.IsTrueAsync(async () =>
            await Samples.OfAsync(gateway) is var samples && samples.Names.Contains(InFlight) && samples[InFlight].Equals(1));
        using var refused = Json("/v1/keys:post", "{}");
        Assert.Equal((HttpStatusCode.TooManyRequests, "OVERLOADED"), await ReasonAsync(gateway, refused));

        // The watch and the other calls have a connection each.
        using var third = new HttpClient { BaseAddress = gateway.Http.BaseAddress };
        using var request = Json("/v1/keys:post", "{}");
        await Assert.ThrowsAsync<HttpRequestException>(() => third.SendAsync(request, Cancelled));
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
    }

    [Fact]
    public async Task It_is_off_if_networks_are_configured()
    {
        await using var network = await TestNetwork.StartAsync(1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        using var request = Json("/v1/keys:post", "{}");
        using var response = await gateway.Http.SendAsync(request, Cancelled);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancelled))!;
        Assert.Equal((HttpStatusCode.NotFound, "NOT_SERVED"), (response.StatusCode, ReasonOf(error)));
        Assert.Contains("Rke:Json:Enabled", (string?)error["message"], StringComparison.Ordinal);
        foreach (var page in (string[])["/reference", "/openapi/v1.json"])
        {
            using var found = await gateway.Http.GetAsync(new Uri(page, UriKind.Relative), Cancelled);
            Assert.Equal(HttpStatusCode.NotFound, found.StatusCode);
        }
    }

    [Fact]
    public async Task The_setting_turns_it_off_in_embedded_mode_and_on_for_a_network()
    {
        await using var off = await StartAsync(("Rke:Json:Enabled", "false"));
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(off, "/v1/keys:post", "{}")).Code);
        await using var network = await TestNetwork.StartAsync(1);
        var settings = network.Settings();
        settings["Rke:Json:Enabled"] = "true";
        await using var on = await RunningGateway.StartAsync(settings);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(on, "/v1/keys:post", $$"""{"raidaId":14,"keyPart":"{{Part}}"}""")).Code);
    }

    [Theory]
    [InlineData(Origin, Origin)]
    [InlineData("https://other.example.com", null)]
    public async Task Pages_of_configured_origins_may_call(string origin, string? allowed)
    {
        await using var gateway = await StartAsync(
            ("Rke:Json:Enabled", "true"), ("Rke:Json:Origins", Origin), ("Rke:Grpc:Web", "true"), ("Rke:Grpc:WebOrigins", "https://other.example.com"));
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/keys:post")
        {
            Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "content-type" } },
        };
        using var response = await gateway.Http.SendAsync(preflight, Cancelled);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        response.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins);
        Assert.Equal(allowed, origins?.Single());

        using var call = Json("/v1/keys:post", $$"""{"raidaId":14,"keyPart":"{{Part}}"}""");
        call.Headers.Add("Origin", origin);
        using var called = await gateway.Http.SendAsync(call, Cancelled);
        called.Headers.TryGetValues("Access-Control-Allow-Origin", out origins);
        Assert.Equal(allowed, origins?.Single());
    }

    [Fact]
    public async Task The_OpenAPI_document_and_its_page_are_served()
    {
        var (code, document) = await GetAsync(Gateway, "/openapi/v1.json");
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Repository.Read("protos/openapi.json")), document));
        using var page = await Gateway.Http.GetAsync(new Uri("/reference", UriKind.Relative), Cancelled);
        Assert.Equal(("text/html", HttpStatusCode.OK), (page.Content.Headers.ContentType!.MediaType, page.StatusCode));
        Assert.Contains("connect-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("openapi/v1.json", await page.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_path_of_the_OpenAPI_document_is_served()
    {
        using var folder = new TlsFolder();
        await using var gateway = await StartAsync(
            ("Rke:Accounts:Enabled", "true"), ("Rke:Accounts:Folder", Path.GetDirectoryName(folder.PathOf("account"))!));
        var document = JsonNode.Parse(Repository.Read("protos/openapi.json"))!;
        foreach (var (path, verbs) in document["paths"]!.AsObject())
        {
            foreach (var (verb, _) in verbs!.AsObject().Where(entry => entry.Key != "parameters"))
            {
                if (path.EndsWith(":watch", StringComparison.Ordinal))
                {
                    continue;
                }

                using var request = Json(path.Replace("{domain}", "example.raida", StringComparison.Ordinal), "{}");
                request.Method = new(verb.ToUpperInvariant());
                using var response = await gateway.Http.SendAsync(request, Cancelled);
                Assert.DoesNotContain("NOT_SERVED", await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
            }
        }
    }

    private static async Task<(HttpStatusCode Code, JsonNode Body)> PostAsync(RunningGateway gateway, string path, string body)
    {
        using var request = Json(path, body);
        return await SendAsync(gateway, request);
    }

    private static async Task<(HttpStatusCode Code, JsonNode Body)> GetAsync(RunningGateway gateway, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(gateway, request);
    }

    private static async Task<(HttpStatusCode Code, string? Reason)> ReasonAsync(RunningGateway gateway, HttpRequestMessage request)
    {
        var (code, body) = await SendAsync(gateway, request);
        return (code, ReasonOf(body));
    }

    private static async Task<(HttpStatusCode Code, JsonNode Body)> SendAsync(RunningGateway gateway, HttpRequestMessage request)
    {
        using var response = await gateway.Http.SendAsync(request, Cancelled);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return (response.StatusCode, JsonNode.Parse(text)!);
    }

    private static string? ReasonOf(JsonNode error) => (string?)error["details"]!.AsArray()
        .Single(detail => (string?)detail!["@type"] == "type.googleapis.com/google.rpc.ErrorInfo")!["reason"];

    private static HttpRequestMessage Json(string path, string body) => new(HttpMethod.Post, path)
    {
        Content = new StringContent(body, new MediaTypeHeaderValue("application/json")),
    };

    private static Task<RunningGateway> StartAsync(params (string Key, string Value)[] settings) => RunningGateway.StartAsync(
        settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value, StringComparer.Ordinal));
}
