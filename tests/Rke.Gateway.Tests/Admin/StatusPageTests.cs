using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Rke.Gateway.Tests.Identity;

namespace Rke.Gateway.Tests.Admin;

/// <summary>The status page, over HTTP and in a browser.</summary>
public sealed class StatusPageTests
{
    private static readonly Uri Page = new("/ui", UriKind.Relative);
    private static readonly Uri Events = new("/ui/events", UriKind.Relative);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_shows_the_state_in_light_dark_and_on_a_phone()
    {
        await using var network = await TestNetwork.StartAsync(2);
        await using var silent = ScriptedServer.Silent();
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:3"] = $"{silent.EndPoint}";
        settings["Rke:Probes:Enabled"] = "true";
        settings["Rke:Probes:Timeout"] = "00:00:01";
        settings["Rke:Admin:Page"] = "true";
        await using var gateway = await RunningGateway.StartAsync(settings);
        await gateway.Client.PostKeyAsync(
            new() { RaidaId = 14, KeyPart = ByteString.CopyFrom([0xd3, 0x1c, 0x5a, 0x77, 0x90, 0xee, 0x41, 0x0b]) },
            cancellationToken: Cancelled);
        await Details.OfAsync(gateway.Client.PostKeyAsync(new() { RaidaId = 25 }, cancellationToken: Cancelled));
        await Eventually.IsTrueAsync(async () =>
            (await gateway.ReadinessAsync()).Contains("warning: ", StringComparison.Ordinal));

        var folder = Directory.CreateTempSubdirectory("rke-status-page-");
        try
        {
            var run = await ToolRun.RunAsync(
                "node",
                [Repository.PathOf("tests", "polyglot", "node", "status_page.js"), $"{new Uri(gateway.Http.BaseAddress!, Page)}", folder.FullName]);
            Assert.True(run.ExitCode == 0, run.Errors);
            var seen = JsonNode.Parse(run.Output)!;
            Assert.Equal("Ready, with 1 warning", (string?)seen["status"]);
            Assert.Contains("does not respond", (string?)Assert.Single(seen["problems"]!.AsArray()), StringComparison.Ordinal);
            Assert.Equal(25, (int)seen["servers"]!);
            var text = (string)seen["text"]!;
            Assert.Contains("INVALID_FIELD", text, StringComparison.Ordinal);
            Assert.Contains("silent", text, StringComparison.Ordinal);
            Assert.DoesNotContain("d31c5a77", text, StringComparison.OrdinalIgnoreCase);
            Assert.NotEqual((string?)seen["light"], (string?)seen["dark"]);
            Assert.Equal(0, (int)seen["overflow"]!);
            Assert.Empty(seen["errors"]!.AsArray());
            Assert.Equal(3, folder.GetFiles("*.png").Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_page_is_off_by_default()
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        foreach (var path in (Uri[])[Page, Events])
        {
            using var response = await gateway.Http.GetAsync(path, Cancelled);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Fact]
    public async Task The_page_runs_only_its_own_scripts()
    {
        await using var gateway = await StartAsync();
        using var response = await gateway.Http.GetAsync(Page, Cancelled);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task The_events_need_an_identity_that_the_policy_permits()
    {
        using var folder = new TlsFolder();
        folder.WriteFile("policy.json", """
            { "rules": [ { "callers": ["jwt:https://issuer.example#operator"], "methods": ["rke.v1.RkeAdminService/*"] } ] }
            """);
        using var signer = new TokenSigner("ES256");
        folder.WriteFile("jwks.json", signer.KeySet);
        await using var gateway = await StartAsync(
            ("Rke:Policy:Path", folder.PathOf("policy.json")),
            ("Rke:Identity:Jwt:Keys", folder.PathOf("jwks.json")),
            ("Rke:Identity:Jwt:Issuer", "https://issuer.example"),
            ("Rke:Identity:Jwt:Audience", "rke"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusOfAsync(gateway, token: null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusOfAsync(gateway, "wrong"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusOfAsync(gateway, TokenOf(signer, "other")));
        Assert.Equal(HttpStatusCode.OK, await StatusOfAsync(gateway, TokenOf(signer, "operator")));
    }

    [Fact]
    public async Task A_page_that_is_open_ends_when_the_policy_no_longer_permits_it()
    {
        using var folder = new TlsFolder();
        folder.WriteFile("policy.json", """{ "rules": [ { "callers": ["anonymous"], "methods": ["rke.v1.RkeAdminService/*"] } ] }""");
        await using var gateway = await StartAsync(
            ("Rke:Policy:Path", folder.PathOf("policy.json")), ("Rke:Reload:Interval", "00:00:00.020"));
        using var response = await gateway.Http.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        folder.WriteFile("policy.json", """{ "rules": [ { "callers": ["anonymous"], "methods": ["rke.v1.RkeService/*"] } ] }""");

        var text = await response.Content.ReadAsStringAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
        Assert.StartsWith("data: {", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_number_of_readers_is_limited()
    {
        const int MaxReaders = 20;
        await using var gateway = await StartAsync();
        var readers = new List<HttpResponseMessage>();
        for (var reader = 0; reader < MaxReaders; reader++)
        {
            readers.Add(await gateway.Http.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead, Cancelled));
            Assert.Equal(HttpStatusCode.OK, readers[^1].StatusCode);
        }

        using var further = await gateway.Http.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, further.StatusCode);
        readers.ForEach(reader => reader.Dispose());
        await Eventually.IsTrueAsync(async () =>
        {
            using var again = await gateway.Http.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            return again.IsSuccessStatusCode;
        });
    }

    private static string TokenOf(TokenSigner signer, string name) => signer.Sign(new
    {
        sub = name,
        iss = "https://issuer.example",
        aud = "rke",
        exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds(),
    });

    private static async Task<HttpStatusCode> StatusOfAsync(RunningGateway gateway, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Events);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        return response.StatusCode;
    }

    private static Task<RunningGateway> StartAsync(params (string Key, string Value)[] settings) => RunningGateway.StartAsync(
        settings.Append(("Rke:Admin:Page", "true")).ToDictionary(
            setting => setting.Item1, setting => (string?)setting.Item2, StringComparer.Ordinal));
}
