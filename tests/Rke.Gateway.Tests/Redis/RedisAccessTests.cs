using System.Text.RegularExpressions;
using Google.Protobuf;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Gateway.Coins;
using Rke.Gateway.Idempotency;
using Rke.Gateway.Networks;
using Rke.Gateway.Quotas;
using Rke.Gateway.Redis;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.Tests.Sessions.Store;
using Rke.V1;

namespace Rke.Gateway.Tests.Redis;

/// <summary>ACL users, and all kinds of addresses.</summary>
public sealed partial class RedisAccessTests
{
    // docs/STATE.md, "Kinds of Redis deployments".
    private static readonly string[] Rules =
    [
        "~rke:*", "&rke:*", "-@all", "+@read", "+@write", "+@connection", "+@scripting", "+@pubsub", "+info", "+role", "+time",
        "+cluster|nodes",
    ];

    private static readonly ServerId Server = new(6, 14);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_with_the_documented_ACL_rules_is_sufficient()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await AddUserAsync(server, Rules);
        await server.AskAsync("ACL", "SETUSER", "default", "off");
        await using var state = await RedisState.ConnectAsync(Settings(server));
        var grant = await state.ReserveAsync(1);
        Assert.Equal(ReservationAnswer.Granted, grant.Answer);
        await state.Coins.FreeAsync(Server, grant.Reservation.Part, coin: null);
        Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync(1)).Answer);
        Assert.NotNull(await state.Leases.LeaseAsync(6, 14, 0));
        var claim = await state.Idempotency.ClaimAsync(RequestDigest.Of(new("test"), "key", [1]), TimeSpan.FromSeconds(10), Cancelled);
        Assert.Equal(IdempotencyAnswer.Claimed, claim.Answer);
        var taken = await state.Quota.TakeAsync("caller", new(RequestsPerSecond: 10, PostsPerDay: 10), isPost: true);
        Assert.Equal(QuotaAnswer.Admitted, taken.Answer);

        var store = new RedisSessionStore(
            state.Circuit,
            state.Multiplexer,
            TimeProvider.System,
            Options.Create(new SessionsOptions()));
        await store.WaitAsync(SessionCursor.Start, Cancelled);
        var session = new Session { SessionId = ByteString.CopyFrom(new byte[16]), Peer = "unknown" };
        await store.AddAsync(session, new byte[8], TimeSpan.FromMinutes(1), Cancelled);
        Assert.True(await store.TryClaimAsync(session.Id(), Cancelled));
        Assert.True(state.Circuit.IsUp);
        Assert.DoesNotContain(state.Log.Lines, line => line.Contains("NOPERM"));
    }

    [Fact]
    public async Task A_user_with_a_wrong_password_is_rejected_and_the_log_has_the_reason()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await AddUserAsync(server, Rules);
        await server.AskAsync("ACL", "SETUSER", "default", "off");
        await using var state = await RedisState.ConnectAsync(Settings(server) with { Password = "guess" });
        Assert.False(state.Circuit.IsUp);
        Assert.Equal(ReservationAnswer.Unavailable, (await state.ReserveAsync(1)).Answer);
        await Eventually.IsTrueAsync(() => state.Log.Lines.Any(line => line.Contains("AuthenticationFailure")));
    }

    [Fact]
    public async Task While_an_ACL_denies_scripts_the_gateway_is_not_ready()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await AddUserAsync(server, [.. Rules, "-@scripting"]);
        await using var state = await RedisState.ConnectAsync(Settings(server));
        Assert.False(state.Circuit.IsUp);
        Assert.Contains(state.Log.Lines, line => line.Contains("NOPERM"));

        await server.AskAsync("ACL", "SETUSER", "rke", "+@scripting");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == ReservationAnswer.Granted);

        await server.AskAsync("ACL", "SETUSER", "rke", "-@scripting");
        Assert.Equal(ReservationAnswer.Unavailable, (await state.ReserveAsync(2)).Answer);
        Assert.False(state.Circuit.IsUp);
    }

    [Theory]
    [InlineData("mget")]
    [InlineData("lpush")]
    [InlineData("time")]
    public async Task While_an_ACL_denies_a_command_of_a_script_the_gateway_is_not_ready(string command)
    {
        await using var server = await RedisServerProcess.StartAsync();
        await AddUserAsync(server, [.. Rules, $"-{command}"]);
        await using var state = await RedisState.ConnectAsync(Settings(server));
        Assert.False(state.Circuit.IsUp);
        Assert.Contains(state.Log.Lines, line => line.Contains(command, StringComparison.OrdinalIgnoreCase));

        await server.AskAsync("ACL", "SETUSER", "rke", $"+{command}");
        await Eventually.IsTrueAsync(() => state.Circuit.IsUp);
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == ReservationAnswer.Granted);

        await server.AskAsync("ACL", "SETUSER", "rke", $"-{command}");
        Assert.Equal(ReservationAnswer.Unavailable, (await state.ReserveAsync(2)).Answer);
        await Eventually.IsTrueAsync(() => !state.Circuit.IsUp);
        var lines = state.Log.Lines.Count;
        await WaitForProbesAsync(server);
        Assert.InRange(state.Log.Lines.Count, lines, lines + 3);
    }

    [Fact]
    public async Task An_error_of_one_script_does_not_open_the_circuit_and_is_logged_once()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(server);
        var script = new RedisScript("cache-get");
        await server.AskAsync("HSET", "rke:hash", "a", "1");
        await server.AskAsync("CONFIG", "RESETSTAT");
        for (var call = 0; call < 10; call++)
        {
            Assert.Null(await state.Circuit.RunAsync(script, ["rke:hash"], []));
        }

        await Eventually.IsTrueAsync(async () => (await server.AskAsync("INFO", "commandstats")).Contains("cmdstat_zunionstore"));
        Assert.True(state.Circuit.IsUp);
        Assert.Single(state.Log.Lines, line => line.Contains("Redis rejected the script cache-get"));
    }

    [Fact]
    public async Task Redis_without_scripts_is_unavailable_and_the_reason_is_logged_once()
    {
        await using var server = await RedisServerProcess.StartAsync("--rename-command", "EVAL", "", "--rename-command", "EVALSHA", "");
        await using var state = await RedisState.ConnectAsync(server);
        Assert.False(state.Circuit.IsUp);
        await Eventually.IsTrueAsync(() => state.Log.Lines.Any(line => line.Contains("unknown command")));
        await WaitForProbesAsync(server);
        Assert.InRange(state.Log.Lines.Count(line => line.Contains("unknown command")), 1, 2);
    }

    [Fact]
    public void The_probe_runs_each_command_of_all_scripts()
    {
        var assembly = typeof(RedisScript).Assembly;
        var scripts = assembly.GetManifestResourceNames().Where(name => name.EndsWith(".lua", StringComparison.Ordinal)).ToList();
        Assert.True(scripts.Count > 10);
        var commands = scripts.SelectMany(name => CommandsOf(new RedisScript(name[..^".lua".Length]).Text));
        Assert.Empty(commands.Except(CommandsOf(new RedisScript("probe").Text), StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("::1")]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Addresses_of_both_families_and_names_work(string host)
    {
        await using var server = await RedisServerProcess.StartAsync("--bind", "127.0.0.1", "::1");
        var settings = RedisState.Settings(null, server) with { Endpoints = [new HostEndpoint(host, (ushort)server.Port)] };
        await using var state = await RedisState.ConnectAsync(settings);
        Assert.Equal(ReservationAnswer.Granted, (await state.ReserveAsync(1)).Answer);
    }

    [Theory]
    [InlineData("::1", "::1")]
    [InlineData("127.0.0.1", "::1 127.0.0.1")]
    [InlineData("::1", "127.0.0.1 ::1")]
    [InlineData("127.0.0.1", "2001:db8::1 192.0.2.1 127.0.0.2 127.0.0.1")]
    public async Task All_addresses_of_a_name_are_tried(string listen, string addresses)
    {
        await using var server = RedisServerProcess.PrepareAt(listen);
        await server.StartAgainAsync();
        using var names = new HostNames(string.Concat(addresses.Split(' ').Select(address => $"{address} redis.test\n")));
        await using var gateway = await GatewayProcess.StartAsync(names, $"--Rke:Redis:Endpoints=redis.test:{server.Port}");
        Assert.Contains(gateway.Lines, line => line.Contains("The shared state is available", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("redis.test", "Connection refused")]
    [InlineData("unknown.invalid", "not known")]
    public async Task The_log_has_the_reason_why_no_address_of_a_name_works(string host, string reason)
    {
        using var names = new HostNames("::1 redis.test\n127.0.0.1 redis.test\n");
        await using var gateway = await GatewayProcess.StartAsync(
            names, $"--Rke:Redis:Endpoints={host}:{FreePort.Next()}");
        await Eventually.IsTrueAsync(() => gateway.Lines.Any(line =>
            line.Contains($"The connection to Redis at {host}:", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> CommandsOf(string script) =>
        CallPattern().Matches(script).Select(match => match.Groups["command"].Value);

    [GeneratedRegex(@"(redis\.p?call\(|\{ )'(?<command>[A-Z]+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CallPattern();

    private static async Task WaitForProbesAsync(RedisServerProcess server)
    {
        const int Probes = 10;
        await server.AskAsync("CONFIG", "RESETSTAT");
        await Eventually.IsTrueAsync(async () =>
            ErrorPattern().Match(await server.AskAsync("INFO", "stats")) is { Success: true } errors
            && int.Parse(errors.Groups["errors"].Value) >= Probes);
    }

    [GeneratedRegex(@"total_error_replies:(?<errors>\d+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ErrorPattern();

    private static RedisOptions Settings(RedisServerProcess server) =>
        RedisState.Settings(null, server) with { User = "rke", Password = "s3cret" };

    private static async Task AddUserAsync(RedisServerProcess server, string[] rules) =>
        Assert.StartsWith("+OK", await server.AskAsync(["ACL", "SETUSER", "rke", "on", ">s3cret", "resetchannels", .. rules]));
}
