using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.Gateway.Translation;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>A coin's key leaves the folder between the coin's choice and its use: another coin does as well.</summary>
public sealed class LeavingCoinTests
{
    private static CallScope Scope =>
        new(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_post_takes_another_coin()
    {
        await using var network = await TestNetwork.StartAsync(coins: 2);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var leaving = new LeavingCoins(gateway.Services);
        var reservations = ActivatorUtilities.CreateInstance<CoinReservations>(gateway.Services, leaving);
        var posting = ActivatorUtilities.CreateInstance<PostKeyTranslation>(gateway.Services, reservations);
        var posted = await posting.RunAsync(Request(), Scope);
        Assert.NotEqual(leaving.Gone, posted.Coin.SerialNumber);
        Assert.Equal(1, network.Host.WaitingKeys);
    }

    [Fact]
    public async Task A_post_under_a_coin_of_the_callers_choice_is_told_that_it_is_unknown()
    {
        await using var network = await TestNetwork.StartAsync(coins: 2);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var reservations = ActivatorUtilities.CreateInstance<CoinReservations>(
            gateway.Services, new LeavingCoins(gateway.Services));
        var posting = ActivatorUtilities.CreateInstance<PostKeyTranslation>(gateway.Services, reservations);
        var request = Request();
        request.Coin = new() { SerialNumber = 1000 };
        var refused = await Assert.ThrowsAsync<RpcException>(() => posting.RunAsync(request, Scope));
        Assert.Equal("COIN_UNKNOWN", new Details(refused).Reason);
    }

    [Fact]
    public async Task A_canary_takes_another_coin()
    {
        await using var network = await TestNetwork.StartAsync(coins: 2, new() { Profile = WireProfile.Raidax });
        await using var gateway = await RunningGateway.StartAsync(network.Settings("raidax"));
        var leaving = new LeavingCoins(gateway.Services);
        var canary = ActivatorUtilities.CreateInstance<ResponseIvCanary>(gateway.Services, leaving);
        var configured = gateway.Services.GetRequiredService<NetworkDirectory>().Default;
        var link = await gateway.Services.GetRequiredService<ServerLinks>().ToServerAsync(configured, 1, Scope);
        await canary.PostAsync(configured, link, Scope);
        Assert.NotNull(leaving.Gone);
    }

    private static PostKeyRequest Request() => new() { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]) };

    /// <summary>The gateway's own state; but the first coin that it grants is gone by then.</summary>
    private sealed class LeavingCoins(IServiceProvider services) : ICoinState
    {
        private readonly ICoinState _state = services.GetRequiredService<ICoinState>();
        private readonly CoinShelf _shelf = services.GetRequiredService<CoinShelf>();

        public uint? Gone { get; private set; }

        public async ValueTask<CoinGrant> ReserveAsync(CoinRequest request, CancellationToken cancellationToken)
        {
            var grant = await _state.ReserveAsync(request, cancellationToken);
            if (Gone is null)
            {
                Gone = grant.Reservation.Coin.SerialNumber;
                _shelf.Replace(_shelf.Coins.Where(coin => coin.Id != grant.Reservation.Coin).ToArray());
            }

            return grant;
        }

        public ValueTask CompleteAsync(CoinReservation reservation, PostOutcome outcome) =>
            _state.CompleteAsync(reservation, outcome);

        public ValueTask FreeAsync(ServerNumber server, PartHash part, CoinId? coin) =>
            _state.FreeAsync(server, part, coin);

        public ValueTask RestAsync(ServerNumber server, CoinId coin, TimeSpan duration) =>
            _state.RestAsync(server, coin, duration);
    }
}
