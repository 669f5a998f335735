using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Gateway.Tests.Redis;
using Rke.Wire;

namespace Rke.Gateway.Tests.Coins;

/// <summary>The contract of <see cref="ICoinState"/>. An implementation defines how time advances.</summary>
public abstract class CoinStateContract
{
    private static readonly ServerId Server = new(6, 14);
    private static readonly CoinLimit NoLimit = new(0, TimeSpan.Zero);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(4);
    private protected abstract ICoinState State { get; }

    private protected abstract ICoinRefusals Refusals { get; }

    /// <summary>Advances the time of the state.</summary>
    private protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task A_coin_that_holds_an_unread_part_is_refused_until_it_expires()
    {
        var granted = await ReserveAsync(Coins(1));
        await State.CompleteAsync(granted.Reservation, PostOutcome.Stored);
        var refused = await ReserveAsync(Coins(1));
        Assert.Equal(ReservationAnswer.Occupied, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), Lifetime);

        await PassAsync(refused.RetryAfter);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task A_coin_is_occupied_only_on_one_server_of_one_network()
    {
        await ReserveAsync(Coins(1));
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1), server: new(6, 15))).Answer);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1), server: new(7, 14))).Answer);
    }

    [Theory]
    [InlineData("Stored", false)]
    [InlineData("Unknown", false)]
    [InlineData("Orphaned", false)]
    [InlineData("Refused", true)]
    [InlineData("NotSent", true)]
    public async Task A_coin_is_free_after_a_post_only_if_the_server_has_no_part(string outcome, bool isFree)
    {
        var granted = await ReserveAsync(Coins(1));
        await State.CompleteAsync(granted.Reservation, Enum.Parse<PostOutcome>(outcome));
        Assert.Equal(isFree ? ReservationAnswer.Granted : ReservationAnswer.Occupied, (await ReserveAsync(Coins(1))).Answer);
    }

    [Theory]
    [InlineData("Unknown", 3600)]
    [InlineData("Orphaned", 60)]
    public async Task A_part_that_nobody_can_read_occupies_its_coin_only_while_datagrams_can_arrive(string outcome, int seconds)
    {
        var granted = await ReserveAsync(Coins(1), lifetime: TimeSpan.FromHours(1));
        await State.CompleteAsync(granted.Reservation, PostOutcome.Unknown);
        await State.CompleteAsync(granted.Reservation, Enum.Parse<PostOutcome>(outcome));
        var refused = await ReserveAsync(Coins(1));
        Assert.Equal(ReservationAnswer.Occupied, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromSeconds(seconds / 2), TimeSpan.FromSeconds(seconds));

        await State.FreeAsync(Server, granted.Reservation.Part, coin: null);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1))).Answer);
        await State.CompleteAsync(granted.Reservation, PostOutcome.Orphaned);
        Assert.Equal(ReservationAnswer.Occupied, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task A_running_post_occupies_its_coin()
    {
        await ReserveAsync(Coins(1));
        Assert.Equal(ReservationAnswer.Occupied, (await ReserveAsync(Coins(1))).Answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reading_the_part_frees_the_coin(bool isCoinKnown)
    {
        var granted = await ReserveAsync(Coins(1));
        await State.FreeAsync(Server, granted.Reservation.Part, isCoinKnown ? granted.Reservation.Coin : null);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1))).Answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reading_another_part_frees_nothing(bool isCoinKnown)
    {
        var first = await ReserveAsync(Coins(1));
        await State.FreeAsync(Server, first.Reservation.Part, first.Reservation.Coin);
        await ReserveAsync(Coins(1));
        await State.FreeAsync(Server, first.Reservation.Part, isCoinKnown ? first.Reservation.Coin : null);
        await State.FreeAsync(new(6, 15), first.Reservation.Part, null);
        Assert.Equal(ReservationAnswer.Occupied, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task A_late_completion_does_not_touch_the_next_reservation()
    {
        var first = await ReserveAsync(Coins(1));
        await State.FreeAsync(Server, first.Reservation.Part, null);
        await ReserveAsync(Coins(1));
        await State.CompleteAsync(first.Reservation, PostOutcome.Refused);
        Assert.Equal(ReservationAnswer.Occupied, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task The_first_free_candidate_is_taken_and_the_first_follows_the_last()
    {
        Assert.Equal(3u, (await ReserveAsync(Coins(1, 2, 3), first: 2)).Reservation.Coin.SerialNumber);
        Assert.Equal(1u, (await ReserveAsync(Coins(1, 2, 3), first: 2)).Reservation.Coin.SerialNumber);
        Assert.Equal(2u, (await ReserveAsync(Coins(1, 2, 3), first: 2)).Reservation.Coin.SerialNumber);
        var none = await ReserveAsync(Coins(1, 2, 3), first: 1);
        Assert.Equal(ReservationAnswer.NoFreeCoin, none.Answer);
        Assert.InRange(none.RetryAfter, TimeSpan.FromTicks(1), Lifetime);
    }

    [Fact]
    public async Task A_released_coin_is_found_among_many_occupied_coins()
    {
        var coins = Range(1, 200);
        var granted = await FillAsync(coins);
        for (var round = 0; round < 2; round++)
        {
            // One is read, one is refused by the server, and one is not sent.
            await State.FreeAsync(Server, granted[77].Part, coin: null);
            await State.CompleteAsync(granted[150], PostOutcome.Refused);
            await State.CompleteAsync(granted[199], PostOutcome.NotSent);
            var released = new[] { granted[77].Coin, granted[150].Coin, granted[199].Coin };
            var again = new List<CoinReservation>();
            for (var request = 0; request < released.Length; request++)
            {
                // Each request has its own list, as on different replicas.
                var grant = await ReserveAsync([.. coins], first: 60 * request, lifetime: TimeSpan.FromMinutes(1));
                Assert.Equal(ReservationAnswer.Granted, grant.Answer);
                again.Add(grant.Reservation);
            }

            Assert.Equal(released.OrderBy(coin => coin.SerialNumber), again.Select(grant => grant.Coin).OrderBy(coin => coin.SerialNumber));
            await IsFullAsync(coins);
            foreach (var grant in again)
            {
                granted[(int)grant.Coin.SerialNumber - 1] = grant;
            }
        }
    }

    [Fact]
    public async Task Lists_of_many_coins_can_overlap()
    {
        var (low, high) = (Range(1, 100), Range(51, 100));
        var granted = await FillAsync(low);
        await IsFullAsync(low);
        granted.AddRange(await FillAsync(high[50..]));
        await IsFullAsync(high);

        await State.FreeAsync(Server, granted[10].Part, granted[10].Coin);
        await State.FreeAsync(Server, granted[74].Part, granted[74].Coin);
        await State.FreeAsync(Server, granted[120].Part, granted[120].Coin);
        var fromHigh = new[] { await ReserveAsync(high), await ReserveAsync(high) };
        Assert.Equal([75u, 121u], fromHigh.Select(grant => grant.Reservation.Coin.SerialNumber).Order());
        await IsFullAsync(high);
        Assert.Equal(11u, (await ReserveAsync(low)).Reservation.Coin.SerialNumber);
        await IsFullAsync(low);
    }

    [Fact]
    public async Task Many_coins_are_free_again_when_their_parts_expire()
    {
        var coins = Range(1, 100);
        await FillAsync(coins, TimeSpan.FromSeconds(3));
        var refused = await ReserveAsync(coins);
        Assert.Equal(ReservationAnswer.NoFreeCoin, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(3));
        await PassAsync(TimeSpan.FromSeconds(3));
        await FillAsync(coins, TimeSpan.FromMinutes(1));
        await IsFullAsync(coins);
    }

    [Fact]
    public async Task Many_coins_are_free_again_when_their_limit_or_cooldown_ends()
    {
        var coins = Range(1, 100);
        var limit = new CoinLimit(1, TimeSpan.FromSeconds(3));
        for (var post = 0; post < coins.Length; post++)
        {
            var granted = await ReserveAsync(coins, first: post, limit: limit, occupies: false);
            Assert.Equal(ReservationAnswer.Granted, granted.Answer);
            await State.StartCooldownAsync(Server, granted.Reservation.Coin, TimeSpan.FromSeconds(4));
        }

        var refused = await ReserveAsync(coins, limit: limit, occupies: false);
        Assert.Equal(ReservationAnswer.Overused, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(4));
        await PassAsync(refused.RetryAfter);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(coins, limit: limit, occupies: false)).Answer);
    }

    [Fact]
    public async Task Parts_that_do_not_occupy_leave_the_coin_free()
    {
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1), occupies: false)).Answer);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1), occupies: false)).Answer);
    }

    [Fact]
    public async Task A_limit_admits_exactly_its_number_of_posts_in_each_window()
    {
        var limit = new CoinLimit(3, TimeSpan.FromSeconds(2));
        for (var post = 0; post < 3; post++)
        {
            Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1), limit: limit, occupies: false)).Answer);
            await PassAsync(TimeSpan.FromMilliseconds(500));
        }

        // Half a window later, only the posts that have left the window are free again.
        var refused = await ReserveAsync(Coins(1), limit: limit, occupies: false);
        Assert.Equal(ReservationAnswer.Overused, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(500));

        await PassAsync(refused.RetryAfter);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1), limit: limit, occupies: false)).Answer);
        Assert.Equal(ReservationAnswer.Overused, (await ReserveAsync(Coins(1), limit: limit, occupies: false)).Answer);
    }

    [Fact]
    public async Task Concurrent_requests_get_exactly_the_limit()
    {
        var limit = new CoinLimit(10, TimeSpan.FromMinutes(1));
        var grants = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ =>
            Task.Run(async () => await ReserveAsync(Coins(1), limit: limit, occupies: false))));
        Assert.Equal(10, grants.Count(grant => grant.Answer == ReservationAnswer.Granted));
    }

    [Fact]
    public async Task Concurrent_requests_get_each_coin_once()
    {
        var coins = Coins([.. Enumerable.Range(1, 20).Select(number => (uint)number)]);
        var grants = await Task.WhenAll(Enumerable.Range(0, 200).Select(index =>
            Task.Run(async () => await ReserveAsync(coins, first: index % 20))));
        var granted = grants.Where(grant => grant.Answer == ReservationAnswer.Granted).Select(grant => grant.Reservation.Coin);
        Assert.Equal(coins, granted.OrderBy(coin => coin.SerialNumber));
    }

    [Fact]
    public async Task A_refused_request_and_an_unsent_post_are_not_counted()
    {
        var limit = new CoinLimit(2, TimeSpan.FromMinutes(1));
        var first = await ReserveAsync(Coins(1), limit: limit);
        Assert.Equal(ReservationAnswer.Occupied, (await ReserveAsync(Coins(1), limit: limit)).Answer);
        await State.CompleteAsync(first.Reservation, PostOutcome.NotSent);

        var second = await ReserveAsync(Coins(1), limit: limit);
        await State.CompleteAsync(second.Reservation, PostOutcome.Refused);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1), limit: limit)).Answer);
    }

    [Fact]
    public async Task A_coin_in_cooldown_is_overused_until_the_cooldown_ends()
    {
        await State.StartCooldownAsync(Server, new(0, 1), TimeSpan.FromSeconds(3));
        var refused = await ReserveAsync(Coins(1));
        Assert.Equal(ReservationAnswer.Overused, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(3));
        Assert.Equal(2u, (await ReserveAsync(Coins(1, 2))).Reservation.Coin.SerialNumber);

        await PassAsync(refused.RetryAfter);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task A_refused_coin_rests_until_the_server_accepts_it()
    {
        var coin = new CoinId(0, 1);
        var refusal = await Refusals.RefuseAsync(Server, coin);
        Assert.Equal((coin, 1), (refusal!.Value.Coin, refusal.Value.Refusals));
        Assert.InRange(refusal.Value.Rest, TimeSpan.FromSeconds(30), CoinRefusal.FirstRest);
        Assert.Equal(1, (await Refusals.RefuseAsync(Server, coin))!.Value.Refusals);

        var refused = await ReserveAsync(Coins(1));
        Assert.Equal(ReservationAnswer.Overused, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromSeconds(30), CoinRefusal.FirstRest);
        Assert.Equal(2u, (await ReserveAsync(Coins(1, 2))).Reservation.Coin.SerialNumber);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1), server: new(6, 15))).Answer);
        Assert.Equal(coin, Assert.Single((await Refusals.FindAsync(Server))!).Coin);
        Assert.Empty((await Refusals.FindAsync(new(6, 15)))!);

        await Refusals.AcceptAsync(Server, coin);
        Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(Coins(1))).Answer);
        Assert.Empty((await Refusals.FindAsync(Server))!);
        Assert.Equal(1, (await Refusals.RefuseAsync(Server, coin))!.Value.Refusals);
    }

    [Fact]
    public async Task A_refused_coin_is_found_among_many_occupied_coins_when_it_is_accepted()
    {
        var coins = Range(1, 100);
        await Refusals.RefuseAsync(Server, coins[40]);
        for (var post = 0; post < coins.Length - 1; post++)
        {
            Assert.Equal(ReservationAnswer.Granted, (await ReserveAsync(coins, first: post, lifetime: TimeSpan.FromMinutes(1))).Answer);
        }

        await IsFullAsync(coins);
        await Refusals.AcceptAsync(Server, coins[40]);
        Assert.Equal(coins[40], (await ReserveAsync(coins)).Reservation.Coin);
    }

    [Fact]
    public async Task An_accepted_coin_stays_in_its_cooldown()
    {
        await Refusals.RefuseAsync(Server, new(0, 1));
        await State.StartCooldownAsync(Server, new(0, 1), TimeSpan.FromMinutes(5));
        await Refusals.AcceptAsync(Server, new(0, 1));
        Assert.Equal(ReservationAnswer.Overused, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task A_key_id_is_used_once_on_each_server()
    {
        var (id, other) = (RedisState.NextHash(), RedisState.NextHash());
        Assert.Equal(ReservationAnswer.Granted, (await UseAsync(id, ticket: 1)).Answer);
        Assert.Equal(ReservationAnswer.KeyIdUsed, (await UseAsync(id, ticket: 2)).Answer);
        Assert.Equal(ReservationAnswer.Granted, (await UseAsync(id, ticket: 3, server: new(6, 15))).Answer);
        Assert.Equal(ReservationAnswer.Granted, (await UseAsync(other, ticket: 4)).Answer);

        // The same post tries another coin.
        Assert.Equal(ReservationAnswer.Granted, (await UseAsync(id, ticket: 1)).Answer);
    }

    [Fact]
    public async Task A_request_with_a_used_key_id_counts_nothing()
    {
        var (id, limit) = (RedisState.NextHash(), new CoinLimit(2, TimeSpan.FromMinutes(1)));
        Assert.Equal(ReservationAnswer.Granted, (await UseAsync(id, ticket: 1, limit: limit)).Answer);
        Assert.Equal(ReservationAnswer.KeyIdUsed, (await UseAsync(id, ticket: 2, limit: limit)).Answer);
        Assert.Equal(ReservationAnswer.Granted, (await UseAsync(RedisState.NextHash(), ticket: 3, limit: limit)).Answer);
        Assert.Equal(ReservationAnswer.Overused, (await UseAsync(RedisState.NextHash(), ticket: 4, limit: limit)).Answer);
    }

    [Fact]
    public async Task A_refused_request_does_not_use_its_key_id()
    {
        var (id, limit) = (RedisState.NextHash(), new CoinLimit(1, TimeSpan.FromMinutes(1)));
        await UseAsync(RedisState.NextHash(), ticket: 1, limit: limit);
        Assert.Equal(ReservationAnswer.Overused, (await UseAsync(id, ticket: 2, limit: limit)).Answer);
        Assert.Equal(ReservationAnswer.Granted, (await UseAsync(id, ticket: 3)).Answer);
    }

    [Fact]
    public async Task Only_the_ticket_of_a_use_releases_a_key_id()
    {
        var id = RedisState.NextHash();
        await UseAsync(id, ticket: 1);
        await State.ReleaseKeyIdAsync(Server, id, ticket: 2);
        Assert.Equal(ReservationAnswer.KeyIdUsed, (await UseAsync(id, ticket: 3)).Answer);
        await State.ReleaseKeyIdAsync(Server, id, ticket: 1);
        Assert.Equal(ReservationAnswer.Granted, (await UseAsync(id, ticket: 4)).Answer);
    }

    [Fact]
    public async Task A_key_id_can_be_used_again_after_the_lifetime_of_its_part()
    {
        var id = RedisState.NextHash();
        await UseAsync(id, ticket: 1);
        await PassAsync(Lifetime);

        // The key expires some milliseconds later.
        await PassAsync(TimeSpan.FromMilliseconds(10));
        Assert.Equal(ReservationAnswer.Granted, (await UseAsync(id, ticket: 2)).Answer);
    }

    [Fact]
    public async Task Reading_many_parts_at_once_frees_their_coins()
    {
        var coins = Range(1, 200);
        var granted = await FillAsync(coins);
        var state = State;
        await Task.WhenAll(granted.Select(grant => state.FreeAsync(Server, grant.Part, grant.Coin).AsTask()));
        await FillAsync(coins);
        await IsFullAsync(coins);
    }

    private ValueTask<ReservationResult> UseAsync(KeyIdHash id, ulong ticket, ServerId? server = null, CoinLimit? limit = null) =>
        State.ReserveAsync(
            new(server ?? Server, Coins(1), 0, id, Occupies: false, Lifetime, limit ?? NoLimit) { KeyIdTicket = ticket },
            TestContext.Current.CancellationToken);

    private static CoinId[] Range(uint first, int count) => [.. Enumerable.Range(0, count).Select(index => new CoinId(0, first + (uint)index))];

    private async Task<List<CoinReservation>> FillAsync(CoinId[] coins, TimeSpan? lifetime = null)
    {
        var granted = new List<CoinReservation>();
        for (var index = 0; index < coins.Length; index++)
        {
            granted.Add((await ReserveAsync(coins, first: index, lifetime: lifetime ?? TimeSpan.FromMinutes(1))).Reservation);
        }

        granted = [.. granted.OrderBy(reservation => reservation.Coin.SerialNumber)];
        Assert.Equal(coins, granted.Select(reservation => reservation.Coin));
        return granted;
    }

    private async Task IsFullAsync(CoinId[] coins)
    {
        for (var first = 0; first < coins.Length; first += 30)
        {
            var refused = await ReserveAsync(coins, first: first);
            Assert.Equal(ReservationAnswer.NoFreeCoin, refused.Answer);
            Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
        }
    }

    private static CoinId[] Coins(params uint[] serialNumbers) => [.. serialNumbers.Select(number => new CoinId(0, number))];

    private ValueTask<ReservationResult> ReserveAsync(
        CoinId[] coins, int first = 0, CoinLimit? limit = null, bool occupies = true, ServerId? server = null,
        TimeSpan? lifetime = null) =>
        State.ReserveAsync(
            new(
                server ?? Server,
                coins,
                first,
                RedisState.NextHash(),
                occupies,
                lifetime ?? Lifetime,
                limit ?? NoLimit),
            TestContext.Current.CancellationToken);
}
