using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Calls;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Gateway.Tests.Observability;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.Calls;

/// <summary>A post that ends before its first datagram releases its coin.</summary>
public sealed class UnsentPostTests
{
    private const byte RaidaId = 3;
    private const int Coins = 60;
    private const string InFlight = "rke_grpc_requests_in_flight{method=\"rke.v1.RkeService/PostKey\"}";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_that_end_while_Redis_pauses_occupy_no_coin(bool isCancelled)
    {
        await using var rig = await Rig.StartAsync(await RedisServerProcess.StartAsync());
        await rig.PostOnceAsync();
        await rig.Redis!.AskAsync("CLIENT", "PAUSE", "1000", "ALL");
        using var cancel = new CancellationTokenSource();
        cancel.CancelAfter(isCancelled ? TimeSpan.FromMilliseconds(50) : Timeout.InfiniteTimeSpan);
        var deadline = DateTime.UtcNow.AddMilliseconds(isCancelled ? 60_000 : 100);
        await rig.PostAllAsync(_ => new CallOptions(deadline: deadline, cancellationToken: cancel.Token));
        await rig.IsOccupiedAsync(1);
        Assert.Equal(1, rig.Server.DifferentRequests);
    }

    [Fact]
    public async Task Calls_that_do_not_wait_for_a_pause_of_Redis_occupy_no_coin()
    {
        await using var rig = await Rig.StartAsync(await RedisServerProcess.StartAsync(), redisTimeout: "00:00:00.030");
        await rig.PostOnceAsync();
        await rig.Redis!.AskAsync("CLIENT", "PAUSE", "200", "ALL");
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await rig.PostAllAsync(_ => new CallOptions(cancellationToken: cancel.Token));
        await rig.IsOccupiedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelled_calls_occupy_a_coin_only_if_they_sent_a_datagram(bool isShared)
    {
        await using var rig = await Rig.StartAsync(isShared ? await RedisServerProcess.StartAsync() : null);
        await rig.PostOnceAsync();
        var random = new Random(1);
        for (var round = 0; round < 3; round++)
        {
            var sources = Enumerable.Range(0, Coins / 4).Select(_ => new CancellationTokenSource()).ToArray();
            var calls = rig.PostAllAsync(number => new CallOptions(cancellationToken: sources[number].Token), sources.Length);
            foreach (var source in sources)
            {
                source.CancelAfter(TimeSpan.FromMilliseconds(random.Next(0, 8)));
            }

            await calls;
            Array.ForEach(sources, source => source.Dispose());
        }

        await rig.IsOccupiedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_coin_that_is_granted_after_the_end_of_the_call_is_released(bool isCancelled)
    {
        await using var rig = await Rig.StartAsync(redis: null);
        using var cancel = new CancellationTokenSource();
        var deadline = MonotonicTime.Now(TimeProvider.System) + (isCancelled ? TimeSpan.FromSeconds(30) : TimeSpan.FromMilliseconds(100));
        var state = new LateGrants(
            rig.State,
            isCancelled ? cancel.CancelAsync : () => Eventually.IsTrueAsync(() => MonotonicTime.Now(TimeProvider.System) >= deadline));
        var reserver = ActivatorUtilities.CreateInstance<CoinReserver>(rig.Gateway.Services, state);
        var posting = ActivatorUtilities.CreateInstance<PostKeyCall>(rig.Gateway.Services, reserver);
        await Assert.ThrowsAnyAsync<Exception>(() => posting.RunAsync(Rig.Request(), new(deadline, cancel.Token)));
        Assert.Equal(PostOutcome.NotSent, Assert.Single(state.Outcomes));
        await rig.IsOccupiedAsync(0);
        Assert.Empty(rig.Server.Requests);
    }

    private sealed record Rig(TestNetwork Network, ScriptedServer Server, RunningGateway Gateway, RedisServerProcess? Redis)
        : IAsyncDisposable
    {
        public ICoinState State => Gateway.Services.GetRequiredService<ICoinState>();

        public static async Task<Rig> StartAsync(RedisServerProcess? redis, string redisTimeout = "00:00:05")
        {
            var coins = Enumerable.Range(1, Coins).Select(number => TestNetwork.MakeCoin((uint)number)).ToArray();
            var network = TestNetwork.WithoutServers(coins);
            var server = ScriptedServer.Silent();
            var settings = network.Settings();
            settings[$"Rke:Networks:0:Servers:{RaidaId}"] = server.EndPoint.ToString();
            if (redis is not null)
            {
                settings["Rke:Redis:Endpoints"] = redis.Endpoint;
                settings["Rke:Redis:Timeout"] = redisTimeout;
            }

            return new(network, server, await RunningGateway.StartAsync(settings), redis);
        }

        public static PostKeyRequest Request() => new() { RaidaId = RaidaId, KeyPart = ByteString.CopyFrom(new byte[16]) };

        /// <summary>Connects, and occupies one coin.</summary>
        public async Task PostOnceAsync()
        {
            using var cancel = new CancellationTokenSource();
            var post = PostAllAsync(_ => new CallOptions(cancellationToken: cancel.Token), calls: 1);
            await Eventually.IsTrueAsync(() => !Server.Requests.IsEmpty);
            await cancel.CancelAsync();
            await post;
            await IsOccupiedAsync(1);
        }

        public Task<RpcException[]> PostAllAsync(Func<int, CallOptions> options, int calls = Coins) =>
            Task.WhenAll(Enumerable.Range(0, calls).Select(number =>
                Assert.ThrowsAsync<RpcException>(() => Gateway.Client.PostKeyAsync(Request(), options(number)).ResponseAsync)));

        /// <summary>Waits until all calls have ended, and the coins of the datagrams are the only occupied ones.</summary>
        public Task IsOccupiedAsync(int? coins = null) => Eventually.IsTrueAsync(async () =>
        {
            var counter = Gateway.Services.GetRequiredService<ICoinCounter>();
            var all = Gateway.Services.GetRequiredService<CoinStore>().Of(TestNetwork.Id).Ids;
            var counts = await counter.CountAsync(new(TestNetwork.Id, RaidaId), all, new(0, TimeSpan.Zero), Cancelled);
            return (await Samples.OfAsync(Gateway))[InFlight] == 0 && counts?.Occupied == (coins ?? Server.DifferentRequests);
        });

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Server.DisposeAsync();
            await Network.DisposeAsync();
            if (Redis is not null)
            {
                await Redis.DisposeAsync();
            }
        }
    }

    /// <summary>Ends the call between the grant of a coin and its report.</summary>
    private sealed class LateGrants(ICoinState state, Func<Task> end) : ICoinState
    {
        public List<PostOutcome> Outcomes { get; } = [];

        public async ValueTask<ReservationResult> ReserveAsync(ReservationRequest request, CancellationToken cancellationToken)
        {
            var granted = await state.ReserveAsync(request, cancellationToken);
            await end();
            return granted;
        }

        public ValueTask CompleteAsync(CoinReservation reservation, PostOutcome outcome)
        {
            Outcomes.Add(outcome);
            return state.CompleteAsync(reservation, outcome);
        }

        public ValueTask FreeAsync(ServerId server, KeyIdHash part, CoinId? coin) => state.FreeAsync(server, part, coin);

        public ValueTask StartCooldownAsync(ServerId server, CoinId coin, TimeSpan duration) =>
            state.StartCooldownAsync(server, coin, duration);

        public ValueTask ReleaseKeyIdAsync(ServerId server, KeyIdHash id, ulong ticket) =>
            state.ReleaseKeyIdAsync(server, id, ticket);
    }
}
