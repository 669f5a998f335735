using Rke.Gateway.Configuration;
using Rke.Gateway.Lookup;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.State;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Tests.State;

/// <summary>ACL users, and addresses of every form.</summary>
public sealed class RedisAccessTests
{
    // docs/STATE.md, "Redis of any shape".
    private static readonly string[] Rules =
    [
        "~rke:*", "&rke:*", "-@all", "+@read", "+@write", "+@connection", "+@scripting", "+@pubsub", "+info", "+role", "+time",
        "+cluster|nodes",
    ];

    private static readonly ServerNumber Server = new(6, 14);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_with_the_documented_rules_may_do_everything_that_calls_need()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await AddUserAsync(server, Rules);
        await server.AskAsync("ACL", "SETUSER", "default", "off");
        await using var state = await RedisState.ConnectAsync(Settings(server));
        var grant = await state.ReserveAsync(1);
        Assert.Equal(CoinAnswer.Granted, grant.Answer);
        await state.Coins.FreeAsync(Server, grant.Reservation.Part, coin: null);
        Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync(1)).Answer);
        Assert.NotNull(await state.Leases.LeaseAsync(6, 14, 0));
        var claim = await state.Idempotency.ClaimAsync(RequestDigest.Of("key", [1]), TimeSpan.FromSeconds(10), Cancelled);
        Assert.Equal(IdempotencyAnswer.Yours, claim.Answer);
        var taken = await state.Quota.TakeAsync("caller", new(RequestsPerSecond: 10, PostsPerDay: 10), isPost: true);
        Assert.Equal(QuotaAnswer.Admitted, taken.Answer);

        var store = new RedisSessionStore(
            state.Circuit,
            state.Multiplexer,
            new SystemEntropy(),
            TimeProvider.System,
            new(TimeSpan.FromMinutes(5), 100, null, MaxWatchers: 10));
        await store.WaitAsync(SessionCursor.Start, Cancelled);
        await store.AddAsync(new Session { SessionId = "0123" }, new byte[8], TimeSpan.FromMinutes(1), Cancelled);
        Assert.True(await store.TryClaimAsync("0123", Cancelled));
        Assert.True(state.Circuit.IsUp);
        Assert.DoesNotContain(state.Log.Lines, line => line.Contains("NOPERM"));
    }

    [Fact]
    public async Task A_user_with_a_wrong_password_is_no_connection_and_the_log_says_why()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await AddUserAsync(server, Rules);
        await server.AskAsync("ACL", "SETUSER", "default", "off");
        await using var state = await RedisState.ConnectAsync(Settings(server) with { Password = "guess" });
        Assert.False(state.Circuit.IsUp);
        Assert.Equal(CoinAnswer.Unavailable, (await state.ReserveAsync(1)).Answer);
        await Eventually.IsTrueAsync(() => state.Log.Lines.Any(line => line.Contains("AuthenticationFailure")));
    }

    [Fact]
    public async Task While_scripts_are_refused_the_gateway_is_not_ready()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await AddUserAsync(server, [.. Rules, "-@scripting"]);
        await using var state = await RedisState.ConnectAsync(Settings(server));
        Assert.False(state.Circuit.IsUp);
        Assert.Contains(state.Log.Lines, line => line.Contains("NOPERM"));

        await server.AskAsync("ACL", "SETUSER", "rke", "+@scripting");
        await Eventually.IsTrueAsync(async () => (await state.ReserveAsync(1)).Answer == CoinAnswer.Granted);

        await server.AskAsync("ACL", "SETUSER", "rke", "-@scripting");
        Assert.Equal(CoinAnswer.Unavailable, (await state.ReserveAsync(2)).Answer);
        Assert.False(state.Circuit.IsUp);
    }

    [Theory]
    [InlineData("::1")]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task An_address_of_each_family_and_a_name_are_connected_to(string host)
    {
        await using var server = await RedisServerProcess.StartAsync("--bind", "127.0.0.1", "::1");
        var settings = RedisState.Settings(null, server) with { Endpoints = [new HostEndpoint(host, (ushort)server.Port)] };
        await using var state = await RedisState.ConnectAsync(settings);
        Assert.Equal(CoinAnswer.Granted, (await state.ReserveAsync(1)).Answer);
    }

    private static RedisSettings Settings(RedisServerProcess server) =>
        RedisState.Settings(null, server) with { User = "rke", Password = "s3cret" };

    private static async Task AddUserAsync(RedisServerProcess server, string[] rules) =>
        Assert.StartsWith("+OK", await server.AskAsync(["ACL", "SETUSER", "rke", "on", ">s3cret", "resetchannels", .. rules]));
}
