using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Testing;
using Rke.Gateway.Signals;
using Rke.Gateway.Tests.Observability;
using Rke.Gateway.Tests.Redis;
using Rke.Gateway.Tests.Sessions;
using Rke.V1;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>
/// Runs sessions and failures on two gateways with all features enabled, and searches all their output for secrets.
/// </summary>
public sealed class SecretSweepTests
{
    private const string Once = "once-5c1d";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_output_contains_a_secret()
    {
        var (password, sealing) = ($"{Guid.NewGuid():N}", RandomNumberGenerator.GetBytes(32));
        await using var redis = RedisServerProcess.Prepare(password: password, arguments: ["--requirepass", password]);
        await redis.StartAgainAsync();
        await using var tap = new RedisTap(redis);
        await using var collector = await OtlpReceiver.StartAsync(isGrpc: true);
        var outputs = new Dictionary<string, string>(StringComparer.Ordinal);
        var secrets = new List<byte[]> { sealing };
        byte[] digest;
        var folder = Directory.CreateTempSubdirectory("rke-sweep-");
        try
        {
            var settings = Settings(collector, tap, password);
            var keyFile = Path.Combine(folder.FullName, "sealing");
            await File.WriteAllTextAsync(keyFile, Convert.ToHexStringLower(sealing), Cancelled);
            var receiver = new Dictionary<string, string?>(settings)
            {
                ["Rke:Sessions:SealingKey"] = keyFile,
                ["Rke:Signal:Listen"] = "[::]:0",
            };
            FakeLogCollector[] logs;
            await using (var pair = await SessionPair.StartAsync(initiator: settings, receiver: receiver))
            {
                logs = [pair.Initiator.Logs, pair.Receiver.Logs];
                secrets.AddRange(pair.Secrets);
                (outputs["errors"], digest) = await ExchangeKeysAsync(pair, secrets);
                await MakeSessionsAsync(pair, secrets, async () => outputs["Redis while sessions wait"] = await DumpAsync(redis));
                outputs["Redis in the end"] = await DumpAsync(redis);
                outputs["pages"] = await PagesAsync(pair.Initiator) + await PagesAsync(pair.Receiver);
            }

            outputs["logs"] = string.Join('\n', logs.SelectMany(log => log.Lines));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        outputs["traffic with Redis"] = tap.Text;
        outputs["telemetry"] = string.Join('\n', collector.Received.Select(Encoding.Latin1.GetString));
        AssertAllCame(outputs, digest);
        var search = new SecretSearch(secrets);
        foreach (var (name, text) in outputs)
        {
            var found = search.Find(text);
            Assert.True(found is null, $"{name}: {found}");
            Assert.DoesNotContain(Once, text, StringComparison.OrdinalIgnoreCase);
        }

        foreach (var name in (string[])["logs", "telemetry", "pages", "errors"])
        {
            Assert.DoesNotContain(password, outputs[name], StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void The_search_finds_a_secret_in_any_encoding()
    {
        var secrets = Enumerable.Range(0, 100).Select(_ => RandomNumberGenerator.GetBytes(16)).ToArray();
        var search = new SecretSearch(secrets);
        Assert.Null(search.Find(Convert.ToHexString(RandomNumberGenerator.GetBytes(10_000))));
        var secret = secrets[57];
        string[] written =
        [
            .. SecretSearch.FormsOf(secret),
            Encoding.Latin1.GetString(secret),
            Convert.ToHexString(secret),
            Convert.ToHexStringLower(secret),
            BitConverter.ToString(secret),
            string.Join(", ", secret),
            Convert.ToBase64String(secret),
            Convert.ToBase64String([1, .. secret]),
            Convert.ToBase64String([1, 2, .. secret]),
            Convert.ToHexString(secret.AsSpan(8)),
        ];
        Assert.All(written, text => Assert.NotNull(search.Find($"before {text} behind")));
    }

    private static Dictionary<string, string?> Settings(OtlpReceiver collector, RedisTap tap, string password) => new()
    {
        ["Rke:Telemetry:Otlp:Endpoint"] = collector.Endpoint.ToString(),
        ["Rke:Telemetry:Otlp:Interval"] = "00:00:00.200",
        ["Rke:Redis:Endpoints"] = tap.Endpoint,
        ["Rke:Redis:Password"] = password,
        ["Rke:Redis:Timeout"] = "00:00:05",
        ["Rke:Limits:Caller:PostsPerDay"] = "1000",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
        ["Logging:LogLevel:Microsoft.Extensions.Hosting"] = "Trace",
    };

    /// <summary>Posts and fetches parts. Returns the texts of all errors, and the values that the gateway may log.</summary>
    private static async Task<(string Errors, byte[] Digest)> ExchangeKeysAsync(SessionPair pair, List<byte[]> secrets)
    {
        var (part, id) = (RandomNumberGenerator.GetBytes(40), RandomNumberGenerator.GetBytes(16));
        secrets.AddRange([part, id]);
        var client = pair.Initiator.Client;
        var request = new PostKeyRequest
        {
            RaidaId = 5,
            KeyPart = ByteString.CopyFrom(part),
            KeyId = ByteString.CopyFrom(id),
            IdempotencyKey = Once,
        };
        var posted = await client.PostKeyAsync(request, cancellationToken: Cancelled);
        Assert.Equal(posted, await client.PostKeyAsync(request, cancellationToken: Cancelled));
        secrets.Add(posted.KeyIdHash.ToByteArray());
        await client.GetKeyAsync(new() { RaidaId = 5, KeyId = posted.KeyId }, cancellationToken: Cancelled);

        var errors = new StringBuilder();
        await FailAsync(client.GetKeyAsync(new() { RaidaId = 5, KeyId = posted.KeyId }));
        await FailAsync(client.PostKeyAsync(new(request) { RaidaId = 99, KeyStart = 200 }));
        await FailAsync(client.PostKeyAsync(new(request) { RaidaId = 6 }));
        await FailAsync(client.PostKeyAsync(new(request) { IdempotencyKey = "", Coin = new() { SerialNumber = 1 } }));
        return (errors.ToString(), SHA256.HashData(posted.KeyIdHash.Span));

        async Task FailAsync<TResponse>(AsyncUnaryCall<TResponse> call)
        {
            var exception = await Assert.ThrowsAsync<RpcException>(async () => await call);
            errors.Append(exception);
            foreach (var trailer in exception.Trailers)
            {
                errors.Append(trailer.IsBinary ? Encoding.Latin1.GetString(trailer.ValueBytes) : trailer.Value);
            }
        }
    }

    /// <summary>One claimed session, one closed session, and one waiting session.</summary>
    private static async Task MakeSessionsAsync(SessionPair pair, List<byte[]> secrets, Func<Task> whileTheyWait)
    {
        var listener = pair.Receiver.Services.GetRequiredService<SignalListener>().EndPoint!;
        var target = new Endpoint { Host = "127.0.0.1", Port = (uint)listener.Port };
        var made = new List<InitiateSessionResponse>();
        for (var session = 0; session < 3; session++)
        {
            made.Add(await pair.InitiatorClient.InitiateSessionAsync(
                new() { Endpoint = target, KeySize = 64 }, cancellationToken: Cancelled));
            secrets.AddRange([made[^1].Key.ToByteArray(), made[^1].DerivedKey.ToByteArray()]);
            secrets.AddRange(made[^1].Parts.Select(part => part.KeyIdHash.ToByteArray()));
        }

        await whileTheyWait();
        var claimed = await pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = made[0].SessionId }, cancellationToken: Cancelled);
        Assert.Equal(made[0].Key, claimed.Key);
        await pair.ReceiverClient.CloseSessionAsync(new() { SessionId = made[1].SessionId }, cancellationToken: Cancelled);
    }

    private static async Task<string> PagesAsync(RunningGateway gateway)
    {
        var text = new StringBuilder();
        foreach (var page in (string[])["/metrics", "/readyz", "/healthz"])
        {
            text.Append(await gateway.Http.GetStringAsync(page, Cancelled));
        }

        return text.ToString();
    }

    /// <summary>All keys of Redis and their values.</summary>
    private static async Task<string> DumpAsync(RedisServerProcess redis)
    {
        var dump = new StringBuilder();
        var answer = await redis.AskAsync("KEYS", "*");
        foreach (var key in answer.Split("\r\n").Where(line => line.StartsWith("rke:", StringComparison.Ordinal)))
        {
            var type = (await redis.AskAsync("TYPE", key)).Trim();
            dump.AppendLine(key).AppendLine(type switch
            {
                "+string" => await redis.AskAsync("GET", key),
                "+hash" => await redis.AskAsync("HGETALL", key),
                "+zset" => await redis.AskAsync("ZRANGE", key, "0", "-1", "WITHSCORES"),
                "+none" => "",
                _ => throw new InvalidOperationException($"{key} is a {type}, which this test does not read."),
            });
        }

        return dump.ToString();
    }

    // The output must not be empty.
    private static void AssertAllCame(Dictionary<string, string> outputs, byte[] digest)
    {
        var allowed = new SecretSearch([digest[..16]]);
        Assert.NotNull(allowed.Find(outputs["logs"]));
        Assert.NotNull(allowed.Find(outputs["traffic with Redis"]));
        Assert.Contains("Information 1600 ", outputs["logs"], StringComparison.Ordinal);
        Assert.Contains("Information 1601 ", outputs["logs"], StringComparison.Ordinal);
        Assert.Contains("Trace ", outputs["logs"], StringComparison.Ordinal);
        Assert.Contains("rke_grpc_requests_total", outputs["pages"], StringComparison.Ordinal);
        Assert.Contains("rke.udp.attempt", outputs["telemetry"], StringComparison.Ordinal);
        Assert.Contains("rke.grpc.requests", outputs["telemetry"], StringComparison.Ordinal);
        Assert.Contains("rke:{s}:k:", outputs["Redis while sessions wait"], StringComparison.Ordinal);
        Assert.Contains("rke:i:", outputs["Redis in the end"], StringComparison.Ordinal);
        Assert.Contains("rke:{6.5}:c:", outputs["traffic with Redis"], StringComparison.Ordinal);
        Assert.Contains("KEY_NOT_FOUND", outputs["errors"], StringComparison.Ordinal);
    }
}
