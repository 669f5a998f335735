using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.Coins;

/// <summary>The key of a coin leaves the folder after the gateway reserved the coin: the gateway takes another coin.</summary>
public sealed class LeavingCoinTests
{
    private static CallScope Scope =>
        new(MonotonicTime.Now(TimeProvider.System) + TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_post_takes_another_coin()
    {
        await using var network = await TestNetwork.StartAsync(coins: 2);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var leaving = new LeavingCoins(gateway.Services);
        var reservations = ActivatorUtilities.CreateInstance<CoinReserver>(gateway.Services, leaving);
        var posting = ActivatorUtilities.CreateInstance<PostKeyCall>(gateway.Services, reservations);
        var posted = await posting.RunAsync(Request(), Scope);
        Assert.NotEqual(leaving.Gone, posted.Coin.SerialNumber);
        Assert.Equal(1, network.Host.WaitingKeys);
    }

    [Fact]
    public async Task A_post_that_names_the_coin_gives_COIN_UNKNOWN()
    {
        await using var network = await TestNetwork.StartAsync(coins: 2);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var reservations = ActivatorUtilities.CreateInstance<CoinReserver>(
            gateway.Services, new LeavingCoins(gateway.Services));
        var posting = ActivatorUtilities.CreateInstance<PostKeyCall>(gateway.Services, reservations);
        var request = Request();
        request.Coin = new() { SerialNumber = 1000 };
        var refused = await Assert.ThrowsAsync<RpcException>(() => posting.RunAsync(request, Scope));
        Assert.Equal("COIN_UNKNOWN", new Details(refused).Reason);
    }

    private static PostKeyRequest Request() => new() { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]) };

    /// <summary>The state of the gateway, which removes the first coin that it grants from the folder.</summary>
    private sealed class LeavingCoins(IServiceProvider services) : ICoinState
    {
        private readonly ICoinState _state = services.GetRequiredService<ICoinState>();
        private readonly CoinStore _shelf = services.GetRequiredService<CoinStore>();

        public uint? Gone { get; private set; }

        public async ValueTask<ReservationResult> ReserveAsync(ReservationRequest request, CancellationToken cancellationToken)
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

        public ValueTask FreeAsync(ServerId server, KeyIdHash part, CoinId? coin) =>
            _state.FreeAsync(server, part, coin);

        public ValueTask StartCooldownAsync(ServerId server, CoinId coin, TimeSpan duration) =>
            _state.StartCooldownAsync(server, coin, duration);

        public ValueTask ReleaseKeyIdAsync(ServerId server, KeyIdHash id, ulong ticket) =>
            _state.ReleaseKeyIdAsync(server, id, ticket);
    }
}
