using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Tests.Sessions;
using Rke.V1;

namespace Rke.Gateway.Tests.Observability;

/// <summary>The traces of calls that fail or need retransmissions (docs/REQUEST-FLOW.md, Traces).</summary>
public sealed class TraceTests
{
    private const uint Serial = 123_456_789;
    private const string Cancellations =
        "rke_grpc_requests_total{method=\"rke.v1.RkeService/PostKey\",code=\"CANCELLED\"}";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_datagram_of_an_exchange_is_an_attempt_also_a_lost_one()
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: true);
        await using var network = await TestNetwork.StartAsync();
        await using var relay = new Relay(network.Host.EndPoints[5]);
        var trace = CallerTrace.NewId();
        await using (var gateway = await StartAsync(
            network, receiver, ("Rke:Networks:0:Servers:5", $"{relay.EndPoint}")))
        {
            var posting = Post(gateway, trace).ResponseAsync;
            await Eventually.IsTrueAsync(() => relay.HasBeenAsked);
            relay.Open();
            await posting;
        }

        var spans = SpansOf(receiver, trace);
        var exchange = Assert.Single(spans, span => span.Name == "rke.udp.exchange");
        var attempts = spans.Where(span => span.Name == "rke.udp.attempt")
            .OrderBy(span => int.Parse(span["rke.attempt"], CultureInfo.InvariantCulture)).ToList();
        Assert.True(attempts.Count > 1);
        Assert.Equal($"{attempts.Count}", exchange["rke.attempts"]);
        Assert.Equal("Answered", exchange["rke.outcome"]);
        Assert.Equal("Success", exchange["rke.status"]);
        Assert.False(exchange.IsError);
        Assert.Equal(
            Enumerable.Range(1, attempts.Count).Select(number => $"{number}"),
            attempts.Select(span => span["rke.attempt"]));
        Assert.All(attempts, attempt =>
        {
            Assert.Equal(OtlpSpan.Client, attempt.Kind);
            Assert.Equal(exchange.Id, attempt.ParentId);
            Assert.Equal("6", attempt["rke.network"]);
            Assert.Equal("5", attempt["rke.raida_id"]);
            Assert.Equal($"{relay.EndPoint}", $"{attempt["server.address"]}:{attempt["server.port"]}");
            Assert.Equal("udp", attempt["network.transport"]);
        });
        Assert.All(attempts.SkipLast(1), attempt =>
            Assert.Equal(("Unanswered", true), (attempt["rke.outcome"], attempt.IsError)));
        Assert.Equal(("Answered", false), (attempts[^1]["rke.outcome"], attempts[^1].IsError));
    }

    [Fact]
    public async Task A_refusing_limiter_is_the_last_span_of_its_trace()
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: true);
        await using var network = await TestNetwork.StartAsync(coins: 1);
        var (good, noCoin, overQuota) = (CallerTrace.NewId(), CallerTrace.NewId(), CallerTrace.NewId());
        await using (var gateway = await StartAsync(network, receiver, ("Rke:Limits:Caller:PostsPerDay", "2")))
        {
            await Post(gateway, good);
            Assert.Equal("NO_FREE_COIN", (await Details.OfAsync(Post(gateway, noCoin))).Reason);
            Assert.Equal("CALLER_QUOTA", (await Details.OfAsync(Post(gateway, overQuota))).Reason);
        }

        Assert.Equal(["caller_posts admitted", "coin admitted"], DecisionsOf(receiver, good));
        Assert.Equal("concurrency admitted", EventOf(CallOf(receiver, good)));
        Assert.Contains(SpansOf(receiver, good), span => span.Name == "rke.udp.attempt");

        var refused = CallOf(receiver, noCoin);
        Assert.Equal(["caller_posts admitted", "coin refused"], DecisionsOf(receiver, noCoin));
        Assert.Equal("NO_FREE_COIN", refused["error.type"]);
        Assert.Equal($"{(int)StatusCode.ResourceExhausted}", refused["rpc.grpc.status_code"]);
        Assert.False(refused.IsError);
        Assert.DoesNotContain(
            SpansOf(receiver, noCoin), span => span.Name.StartsWith("rke.udp", StringComparison.Ordinal));

        Assert.Equal(["caller_posts refused"], DecisionsOf(receiver, overQuota));
        Assert.Equal("CALLER_QUOTA", CallOf(receiver, overQuota)["error.type"]);
        Assert.Equal("concurrency admitted", EventOf(CallOf(receiver, overQuota)));
        Assert.All(SpansOf(receiver, overQuota).Where(span => span.Name == "rke.limiter"), span =>
            Assert.Equal((OtlpSpan.Internal, CallOf(receiver, overQuota).Id), (span.Kind, span.ParentId)));
    }

    [Fact]
    public async Task Timeouts_and_the_limit_of_calls_appear_in_traces()
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: true);
        await using var silent = ScriptedServer.Silent();
        await using var network = TestNetwork.WithoutServers(TestNetwork.MakeCoin(1), TestNetwork.MakeCoin(2));
        var (waits, tooMany, late) = (CallerTrace.NewId(), CallerTrace.NewId(), CallerTrace.NewId());
        await using (var gateway = await StartAsync(
            network,
            receiver,
            ("Rke:Networks:0:Servers:5", $"{silent.EndPoint}"),
            ("Rke:Grpc:MaxCalls", "1"),
            ("Rke:Grpc:DefaultDeadline", "00:00:01")))
        {
            using var waiting = Post(gateway, waits, TimeSpan.FromMinutes(1));
            await Eventually.IsTrueAsync(() => !silent.Requests.IsEmpty);
            Assert.Equal("OVERLOADED", (await Details.OfAsync(Post(gateway, tooMany))).Reason);
            waiting.Dispose();
            await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))[Cancellations].Equals(1));
            Assert.Equal("RAIDA_TIMEOUT", (await Details.OfAsync(Post(gateway, late))).Reason);
        }

        Assert.Equal("concurrency refused", EventOf(CallOf(receiver, tooMany)));
        Assert.Single(SpansOf(receiver, tooMany));
        Assert.Equal(("CANCELLED", false), (CallOf(receiver, waits)["error.type"], CallOf(receiver, waits).IsError));
        Assert.Equal(("RAIDA_TIMEOUT", true), (CallOf(receiver, late)["error.type"], CallOf(receiver, late).IsError));
        foreach (var (trace, outcome) in new[] { (waits, "Cancelled"), (late, "TimedOut") })
        {
            var exchange = Assert.Single(SpansOf(receiver, trace), span => span.Name == "rke.udp.exchange");
            Assert.Equal((outcome, true), (exchange["rke.outcome"], exchange.IsError));
            var last = SpansOf(receiver, trace).Single(
                span => span.Name == "rke.udp.attempt" && span["rke.attempt"] == exchange["rke.attempts"]);
            Assert.Equal(outcome, last["rke.outcome"]);
        }
    }

    [Fact]
    public async Task A_received_Signal_is_a_trace_with_all_its_parts()
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: true);
        await using var otherPair = await SessionPair.StartAsync();
        HashSet<string> ports;
        await using (var pair = await SessionPair.StartAsync(receiver: new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Rke:Telemetry:Otlp:Endpoint"] = receiver.Endpoint.ToString(),
        }))
        {
            ports = [.. pair.Servers.EndPoints.Values.Select(server => $"{server.Port}")];
            await InitiateAsync(pair);
            await InitiateAsync(otherPair);
        }

        // Activities are global in a process, so the gateway also exports the Signals of other gateways of this process. The Signal of this
        // test is the one whose parts are on the key servers of this test.
        var signal = Assert.Single(receiver.Spans, span => span.Name == "rke.signal"
            && SpansOf(receiver, span.TraceId).Exists(attempt => ports.Contains(attempt["server.port"])));
        Assert.Equal((OtlpSpan.Server, "3", "3"), (signal.Kind, signal["rke.parts"], signal["rke.used_parts"]));
        var exchanges = SpansOf(receiver, signal.TraceId).Where(span => span.Name == "rke.udp.exchange").ToList();
        Assert.Equal(3, exchanges.Count);
        Assert.All(exchanges, exchange =>
            Assert.Equal(("GetKey", signal.Id), (exchange["rke.command"], exchange.ParentId)));
        var document = await File.ReadAllTextAsync(DocumentPath(), Cancelled);
        Assert.All(signal.Attributes.Keys, name => Assert.Contains($"`{name}`", document, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_documented_attributes_exist_and_they_contain_no_secret()
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: false);
        await using var network = await TestNetwork.StartAsync();
        network.WriteKeyFile("more.bin", [TestNetwork.MakeCoin(Serial)]);
        var (part, id) = (RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16));
        var (hash, trace) = (new byte[16], CallerTrace.NewId());
        await using (var gateway = await StartAsync(
            network, receiver, ("Rke:Limits:Caller:PostsPerDay", "100"), ("Rke:Telemetry:Otlp:Protocol", "http")))
        {
            var posted = await gateway.Client.PostKeyAsync(
                new() { RaidaId = 5, KeyPart = ByteString.CopyFrom(part), KeyId = ByteString.CopyFrom(id) },
                CallerTrace.Headers(trace),
                cancellationToken: Cancelled);
            posted.KeyIdHash.CopyTo(hash, 0);
            await gateway.Client.GetKeyAsync(
                new() { RaidaId = 5, KeyIdHash = posted.KeyIdHash }, CallerTrace.Headers(trace), cancellationToken: Cancelled);
            await Details.OfAsync(gateway.Client.PostKeyAsync(
                new() { RaidaId = 5, KeyPart = ByteString.CopyFrom(part), Coin = new() { SerialNumber = Serial } },
                CallerTrace.Headers(trace),
                cancellationToken: Cancelled));
            await Details.OfAsync(gateway.Client.GetKeyAsync(
                new() { RaidaId = 5, KeyId = ByteString.CopyFrom(id) }, CallerTrace.Headers(trace), cancellationToken: Cancelled));
        }

        var spans = SpansOf(receiver, trace);
        Assert.Contains(spans, span => span.Name == "rke.udp.attempt");
        var document = await File.ReadAllTextAsync(DocumentPath(), Cancelled);
        foreach (var (name, value) in spans.SelectMany(
            span => span.Attributes.Concat(span.Events.SelectMany(each => each.Attributes))))
        {
            Assert.True(
                document.Contains($"`{name}`", StringComparison.Ordinal), $"{name} = {value} is not documented");
            Assert.DoesNotContain($"{Serial}", value, StringComparison.Ordinal);
            foreach (var secret in (IEnumerable<byte[]>)[part, id, hash, .. network.Secrets])
            {
                Assert.DoesNotContain(Convert.ToHexString(secret)[..12], value, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(Convert.ToBase64String(secret)[..8], value, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_Redis_command_that_a_call_waits_for_is_a_span_without_script_keys_and_values()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: true);
        await using var network = await TestNetwork.StartAsync();
        var trace = CallerTrace.NewId();
        await using (var gateway = await StartAsync(
            network, receiver, ("Rke:Redis:Endpoints", redis.Endpoint), ("Rke:Redis:Timeout", "00:00:05")))
        {
            await Eventually.IsTrueAsync(() => Post(gateway, CallerTrace.NewId()).ResponseAsync.ContinueWith(
                call => call.IsCompletedSuccessfully, TaskScheduler.Default));
            await Post(gateway, trace);
        }

        var limiter = Assert.Single(SpansOf(receiver, trace), span => span.Name == "rke.limiter");
        var commands = receiver.Spans.Where(span => span["db.system"] == "redis").ToList();
        var command = Assert.Single(commands, span => span.ParentId == limiter.Id);
        Assert.Contains(command.Name, (string[])["EVAL", "EVALSHA"]);
        Assert.Equal((OtlpSpan.Client, command.Name), (command.Kind, command["db.statement"]));
        Assert.Equal(redis.Endpoint, $"{command["server.address"]}:{command["server.port"]}");
        var document = await File.ReadAllTextAsync(DocumentPath(), Cancelled);
        Assert.All(commands, span =>
        {
            Assert.NotEmpty(span.ParentId);
            Assert.Empty(span.Events);
            Assert.All(span.Attributes, attribute =>
            {
                Assert.Contains($"`{attribute.Key}`", document, StringComparison.Ordinal);
                Assert.DoesNotContain("rke:", attribute.Value, StringComparison.Ordinal);
                Assert.DoesNotContain("redis.call", attribute.Value, StringComparison.Ordinal);
            });
        });
    }

    private static async Task InitiateAsync(SessionPair pair) => await pair.InitiatorClient.InitiateSessionAsync(
        new() { Endpoint = pair.Target, PartCount = 3, KeySize = 24 }, cancellationToken: Cancelled);

    private static Task<RunningGateway> StartAsync(
        TestNetwork network, OtlpReceiver receiver, params (string Key, string Value)[] more)
    {
        var settings = network.Settings();
        settings["Rke:Telemetry:Otlp:Endpoint"] = receiver.Endpoint.ToString();
        foreach (var (key, value) in more)
        {
            settings[key] = value;
        }

        return RunningGateway.StartAsync(settings);
    }

    private static AsyncUnaryCall<PostKeyResponse> Post(RunningGateway gateway, string trace, TimeSpan? time = null) =>
        gateway.Client.PostKeyAsync(
            new() { RaidaId = 5, KeyPart = ByteString.CopyFrom(new byte[16]) },
            CallerTrace.Headers(trace),
            time is { } wait ? TimeProvider.System.GetUtcNow().UtcDateTime + wait : null,
            cancellationToken: Cancelled);

    // The gateway has stopped, so it has sent everything.
    private static List<OtlpSpan> SpansOf(OtlpReceiver receiver, string trace) =>
        [.. receiver.Spans.Where(span => span.TraceId == trace)];

    private static OtlpSpan CallOf(OtlpReceiver receiver, string trace) =>
        Assert.Single(SpansOf(receiver, trace), span => span.Kind == OtlpSpan.Server);

    private static IEnumerable<string> DecisionsOf(OtlpReceiver receiver, string trace) => SpansOf(receiver, trace)
        .Where(span => span.Name == "rke.limiter")
        .Select(span => $"{span["rke.limiter"]} {span["rke.decision"]}")
        .Order();

    private static string EventOf(OtlpSpan call)
    {
        var (name, attributes) = Assert.Single(call.Events);
        Assert.Equal("rke.limiter", name);
        return $"{attributes["rke.limiter"]} {attributes["rke.decision"]}";
    }

    private static string DocumentPath()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rke.Gateway.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return Path.Combine(folder, "docs", "REQUEST-FLOW.md");
    }
}
