// Initiates a session through an RKE gateway, and receives it: Session GATEWAY RECEIVER
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Rke.V1;

var receiver = args[1].Split(':');
using var channel = GrpcChannel.ForAddress(
    $"http://{args[0]}",
    new() { ServiceConfig = Read(Path.Combine(AppContext.BaseDirectory, "service-config.json")) });
var sessions = new RkeSessionService.RkeSessionServiceClient(channel);
var request = new InitiateSessionRequest
{
    Endpoint = new() { Host = receiver[0], Port = uint.Parse(receiver[1], CultureInfo.InvariantCulture) },
    KeySize = 7,
    IdempotencyKey = $"{Guid.NewGuid()}",
};
try
{
    await sessions.InitiateSessionAsync(request, deadline: In(5));
}
catch (RpcException error)
{
    Console.WriteLine($"refused: {Describe(error)}");
}

request.KeySize = 32;
var made = await sessions.InitiateSessionAsync(request, deadline: In(30));
Console.WriteLine($"initiated: {Hex(made.SessionId)}");
var claimed = await ReceiveAsync(made.SessionId);
Console.WriteLine($"received: {Hex(claimed.Session.SessionId)}");
Console.WriteLine($"the keys are equal: {claimed.DerivedKey.Equals(made.DerivedKey)}");

// The service config repeats this call if the gateway is unavailable.
var found = await sessions.GetSessionAsync(new() { SessionId = made.SessionId }, deadline: In(5));
Console.WriteLine($"state: {found.Session.State}");

// Waits for the session. A receiver in another process would take any session of its peer.
async Task<ClaimSessionResponse> ReceiveAsync(ByteString id)
{
    using var watch = sessions.WatchSessions(new() { Consumer = "example" }, deadline: In(30));
    await foreach (var arrived in watch.ResponseStream.ReadAllAsync())
    {
        if (arrived.Session?.SessionId.Equals(id) == true)
        {
            // With the same key, the call can be repeated if its response is lost.
            var key = $"{Guid.NewGuid()}";
            var session = await sessions.ClaimSessionAsync(new() { SessionId = id, IdempotencyKey = key }, deadline: In(5));
            await sessions.AcknowledgeSessionAsync(new() { SessionId = id, IdempotencyKey = key }, deadline: In(5));
            return session;
        }
    }

    throw new InvalidOperationException("The gateway ended the stream.");
}

static DateTime In(int seconds) => DateTime.UtcNow.AddSeconds(seconds);

static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

// The reason of an error, and its invalid fields.
static string Describe(RpcException error) => error.GetRpcStatus() is { } status
    ? string.Join(' ', [
        status.GetDetail<ErrorInfo>().Reason,
        .. (status.GetDetail<BadRequest>()?.FieldViolations ?? []).Select(violation => violation.Field),
    ])
    : $"{error.StatusCode}";

// Grpc.Net.Client has types for a service config, and reads no JSON.
static ServiceConfig Read(string path)
{
    using var file = JsonDocument.Parse(File.ReadAllText(path));
    var config = new ServiceConfig();
    foreach (var entry in file.RootElement.GetProperty("methodConfig").EnumerateArray())
    {
        var retry = entry.GetProperty("retryPolicy");
        var policy = new RetryPolicy
        {
            MaxAttempts = retry.GetProperty("maxAttempts").GetInt32(),
            InitialBackoff = TimeOf(retry.GetProperty("initialBackoff")),
            MaxBackoff = TimeOf(retry.GetProperty("maxBackoff")),
            BackoffMultiplier = retry.GetProperty("backoffMultiplier").GetDouble(),
        };
        foreach (var code in retry.GetProperty("retryableStatusCodes").EnumerateArray())
        {
            policy.RetryableStatusCodes.Add(Enum.Parse<StatusCode>(code.GetString()!, ignoreCase: true));
        }

        var method = new MethodConfig { RetryPolicy = policy };
        foreach (var name in entry.GetProperty("name").EnumerateArray())
        {
            method.Names.Add(new()
            {
                Service = name.GetProperty("service").GetString(),
                Method = name.TryGetProperty("method", out var only) ? only.GetString() : null,
            });
        }

        config.MethodConfigs.Add(method);
    }

    return config;

    static TimeSpan TimeOf(JsonElement text) =>
        TimeSpan.FromSeconds(double.Parse(text.GetString()!.TrimEnd('s'), CultureInfo.InvariantCulture));
}
