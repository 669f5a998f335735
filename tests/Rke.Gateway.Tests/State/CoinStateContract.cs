using Rke.Gateway.State;
using Rke.Wire;

namespace Rke.Gateway.Tests.State;

/// <summary>What every implementation of <see cref="ICoinState"/> does. Time passes as the implementation says.</summary>
public abstract class CoinStateContract
{
    private static readonly ServerNumber Server = new(6, 14);
    private static readonly CoinLimit NoLimit = new(0, TimeSpan.Zero);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(4);
    private static int _parts;

    private protected abstract ICoinState State { get; }

    /// <summary>Lets time pass for the state.</summary>
    private protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task A_coin_that_holds_an_unread_part_is_refused_until_it_expires()
    {
        var granted = await ReserveAsync(Coins(1));
        await State.CompleteAsync(granted.Reservation, PostOutcome.Stored);
        var refused = await ReserveAsync(Coins(1));
        Assert.Equal(CoinAnswer.Occupied, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), Lifetime);

        await PassAsync(refused.RetryAfter);
        Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task Another_server_and_another_network_are_another_matter()
    {
        await ReserveAsync(Coins(1));
        Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1), server: new(6, 15))).Answer);
        Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1), server: new(7, 14))).Answer);
    }

    [Theory]
    [InlineData("Stored", false)]
    [InlineData("Unknown", false)]
    [InlineData("Refused", true)]
    [InlineData("NotSent", true)]
    public async Task A_coin_is_free_after_a_post_only_when_the_server_surely_has_nothing(string outcome, bool isFree)
    {
        var granted = await ReserveAsync(Coins(1));
        await State.CompleteAsync(granted.Reservation, Enum.Parse<PostOutcome>(outcome));
        Assert.Equal(isFree ? CoinAnswer.Granted : CoinAnswer.Occupied, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task A_post_that_is_still_under_way_occupies_its_coin()
    {
        await ReserveAsync(Coins(1));
        Assert.Equal(CoinAnswer.Occupied, (await ReserveAsync(Coins(1))).Answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reading_the_part_frees_the_coin(bool isCoinKnown)
    {
        var granted = await ReserveAsync(Coins(1));
        await State.FreeAsync(Server, granted.Reservation.Part, isCoinKnown ? granted.Reservation.Coin : null);
        Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1))).Answer);
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
        Assert.Equal(CoinAnswer.Occupied, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task A_late_completion_does_not_touch_the_next_reservation()
    {
        var first = await ReserveAsync(Coins(1));
        await State.FreeAsync(Server, first.Reservation.Part, null);
        await ReserveAsync(Coins(1));
        await State.CompleteAsync(first.Reservation, PostOutcome.Refused);
        Assert.Equal(CoinAnswer.Occupied, (await ReserveAsync(Coins(1))).Answer);
    }

    [Fact]
    public async Task The_first_free_candidate_is_taken_around_the_end()
    {
        Assert.Equal(3u, (await ReserveAsync(Coins(1, 2, 3), first: 2)).Reservation.Coin.SerialNumber);
        Assert.Equal(1u, (await ReserveAsync(Coins(1, 2, 3), first: 2)).Reservation.Coin.SerialNumber);
        Assert.Equal(2u, (await ReserveAsync(Coins(1, 2, 3), first: 2)).Reservation.Coin.SerialNumber);
        var none = await ReserveAsync(Coins(1, 2, 3), first: 1);
        Assert.Equal(CoinAnswer.NoFreeCoin, none.Answer);
        Assert.InRange(none.RetryAfter, TimeSpan.FromTicks(1), Lifetime);
    }

    [Fact]
    public async Task Parts_that_do_not_occupy_leave_the_coin_free()
    {
        Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1), occupies: false)).Answer);
        Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1), occupies: false)).Answer);
    }

    [Fact]
    public async Task A_limit_admits_exactly_so_many_in_any_window()
    {
        var limit = new CoinLimit(3, TimeSpan.FromSeconds(2));
        for (var post = 0; post < 3; post++)
        {
            Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1), limit: limit, occupies: false)).Answer);
            await PassAsync(TimeSpan.FromMilliseconds(500));
        }

        // The window slides: half of it later only what is out of it may come again.
        var refused = await ReserveAsync(Coins(1), limit: limit, occupies: false);
        Assert.Equal(CoinAnswer.Overused, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(500));

        await PassAsync(refused.RetryAfter);
        Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1), limit: limit, occupies: false)).Answer);
        Assert.Equal(CoinAnswer.Overused, (await ReserveAsync(Coins(1), limit: limit, occupies: false)).Answer);
    }

    [Fact]
    public async Task Many_at_once_get_exactly_the_limit()
    {
        var limit = new CoinLimit(10, TimeSpan.FromMinutes(1));
        var grants = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ =>
            Task.Run(async () => await ReserveAsync(Coins(1), limit: limit, occupies: false))));
        Assert.Equal(10, grants.Count(grant => grant.Answer == CoinAnswer.Granted));
    }

    [Fact]
    public async Task Many_at_once_get_every_coin_once()
    {
        var coins = Coins([.. Enumerable.Range(1, 20).Select(number => (uint)number)]);
        var grants = await Task.WhenAll(Enumerable.Range(0, 200).Select(index =>
            Task.Run(async () => await ReserveAsync(coins, first: index % 20))));
        var granted = grants.Where(grant => grant.Answer == CoinAnswer.Granted).Select(grant => grant.Reservation.Coin);
        Assert.Equal(coins, granted.OrderBy(coin => coin.SerialNumber));
    }

    [Fact]
    public async Task A_refused_request_is_not_counted_and_neither_is_a_post_that_never_left()
    {
        var limit = new CoinLimit(2, TimeSpan.FromMinutes(1));
        var first = await ReserveAsync(Coins(1), limit: limit);
        Assert.Equal(CoinAnswer.Occupied, (await ReserveAsync(Coins(1), limit: limit)).Answer);
        await State.CompleteAsync(first.Reservation, PostOutcome.NotSent);

        var second = await ReserveAsync(Coins(1), limit: limit);
        await State.CompleteAsync(second.Reservation, PostOutcome.Refused);
        Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1), limit: limit)).Answer);
    }

    [Fact]
    public async Task A_resting_coin_is_overused_until_it_has_rested()
    {
        await State.RestAsync(Server, new(0, 1), TimeSpan.FromSeconds(3));
        var refused = await ReserveAsync(Coins(1));
        Assert.Equal(CoinAnswer.Overused, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(3));
        Assert.Equal(2u, (await ReserveAsync(Coins(1, 2))).Reservation.Coin.SerialNumber);

        await PassAsync(refused.RetryAfter);
        Assert.Equal(CoinAnswer.Granted, (await ReserveAsync(Coins(1))).Answer);
    }

    private static CoinId[] Coins(params uint[] serialNumbers) => [.. serialNumbers.Select(number => new CoinId(0, number))];

    private ValueTask<CoinGrant> ReserveAsync(
        CoinId[] coins, int first = 0, CoinLimit? limit = null, bool occupies = true, ServerNumber? server = null) =>
        State.ReserveAsync(
            new(
                server ?? Server,
                coins,
                first,
                new PartHash((UInt128)Interlocked.Increment(ref _parts)),
                occupies,
                Lifetime,
                limit ?? NoLimit),
            TestContext.Current.CancellationToken);
}
