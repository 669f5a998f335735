using Rke.Gateway.State;

namespace Rke.Gateway.Tests.State;

/// <summary>What every implementation of <see cref="IIdempotencyStore"/> does.</summary>
public abstract class IdempotencyStoreContract
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(2);
    private static readonly byte[] Answer = [1, 2, 3];

    /// <summary>Answers are kept for <see cref="Keep"/>.</summary>
    private protected abstract IIdempotencyStore Store { get; }

    private protected static TimeSpan Keep => TimeSpan.FromSeconds(3);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task What_was_done_is_answered_again_until_it_is_forgotten()
    {
        var request = Request("a", "x");
        await DoAsync(request);
        var again = await ClaimAsync(request);
        Assert.Equal(IdempotencyAnswer.Done, again.Answer);
        Assert.Equal(Answer, again.Response.ToArray());

        await PassAsync(Keep);
        Assert.Equal(IdempotencyAnswer.Yours, (await ClaimAsync(request)).Answer);
    }

    [Fact]
    public async Task Another_request_with_the_same_key_is_a_mismatch_also_while_the_first_is_at_work()
    {
        var claim = await ClaimAsync(Request("a", "x"));
        Assert.Equal(IdempotencyAnswer.Mismatch, (await ClaimAsync(Request("a", "y"))).Answer);
        await Store.StoreAsync(Request("a", "x"), claim.Ticket, Answer);
        Assert.Equal(IdempotencyAnswer.Mismatch, (await ClaimAsync(Request("a", "y"))).Answer);
        Assert.Equal(IdempotencyAnswer.Yours, (await ClaimAsync(Request("b", "y"))).Answer);
    }

    [Fact]
    public async Task Who_comes_while_the_first_is_at_work_waits_for_its_answer()
    {
        var request = Request("a", "x");
        var claim = await ClaimAsync(request);
        var waiting = Enumerable.Range(0, 10).Select(_ => ClaimAsync(request)).ToArray();
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        await Store.StoreAsync(request, claim.Ticket, Answer);
        foreach (var waiter in waiting)
        {
            Assert.Equal(IdempotencyAnswer.Done, (await waiter).Answer);
        }
    }

    [Fact]
    public async Task When_the_first_fails_exactly_one_of_those_who_wait_may_try()
    {
        var request = Request("a", "x");
        var claim = await ClaimAsync(request);
        var waiting = Enumerable.Range(0, 5).Select(_ => ClaimAsync(request)).ToList();
        await Store.AbandonAsync(request, claim.Ticket);
        var next = await Task.WhenAny(waiting);
        waiting.Remove(next);
        Assert.Equal(IdempotencyAnswer.Yours, (await next).Answer);
        Assert.DoesNotContain(waiting, task => task.IsCompleted);

        await Store.StoreAsync(request, (await next).Ticket, Answer);
        foreach (var waiter in waiting)
        {
            Assert.Equal(IdempotencyAnswer.Done, (await waiter).Answer);
        }
    }

    [Fact]
    public async Task A_claim_that_nobody_ends_passes_on_and_its_late_answer_is_ignored()
    {
        var request = Request("a", "x");
        var dead = await ClaimAsync(request);
        var waiting = ClaimAsync(request);
        await PassAsync(Hold);
        var next = await waiting;
        Assert.Equal(IdempotencyAnswer.Yours, next.Answer);
        await Store.StoreAsync(request, dead.Ticket, new byte[] { 9 });
        await Store.AbandonAsync(request, dead.Ticket);
        await Store.StoreAsync(request, next.Ticket, Answer);
        Assert.Equal(Answer, (await ClaimAsync(request)).Response.ToArray());
    }

    [Fact]
    public async Task A_waiter_that_gives_up_stops_waiting()
    {
        var request = Request("a", "x");
        await ClaimAsync(request);
        using var gone = new CancellationTokenSource();
        var waiting = Store.ClaimAsync(request, Hold, gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Many_at_once_do_the_work_once()
    {
        var request = Request("a", "x");
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            var claim = await ClaimAsync(request);
            if (claim.Answer == IdempotencyAnswer.Yours)
            {
                Interlocked.Increment(ref done);
                await Store.StoreAsync(request, claim.Ticket, Answer);
            }
        })));
        Assert.Equal(1, done);
    }

    [Fact]
    public void What_the_store_sees_tells_neither_the_key_nor_the_request()
    {
        var digest = RequestDigest.Of("the key", "the request"u8);
        Assert.NotEqual(digest.Digest, RequestDigest.Of("another key", "the request"u8).Digest);
        Assert.DoesNotContain("the", $"{digest}".Replace("RequestDigest", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private protected static RequestDigest Request(string key, string request) =>
        RequestDigest.Of(key, System.Text.Encoding.UTF8.GetBytes(request));

    private protected Task<IdempotencyClaim> ClaimAsync(RequestDigest request) =>
        Store.ClaimAsync(request, Hold, Cancelled).AsTask();

    private protected async Task DoAsync(RequestDigest request)
    {
        var claim = await ClaimAsync(request);
        Assert.Equal(IdempotencyAnswer.Yours, claim.Answer);
        await Store.StoreAsync(request, claim.Ticket, Answer);
    }
}
