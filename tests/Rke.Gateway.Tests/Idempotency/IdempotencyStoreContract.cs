using Rke.Gateway.Idempotency;

namespace Rke.Gateway.Tests.Idempotency;

/// <summary>The contract of <see cref="IIdempotencyStore"/>.</summary>
public abstract class IdempotencyStoreContract
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(2);
    private static readonly byte[] Answer = [1, 2, 3];
    private static readonly IdempotencyScope Scope = new("rke.v1.RkeService/PostKey", "spiffe://example.org/shop");

    /// <summary>A store that keeps responses for <see cref="Keep"/>.</summary>
    private protected abstract IIdempotencyStore Store { get; }

    private protected static TimeSpan Keep => TimeSpan.FromSeconds(3);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task A_repeated_request_gets_the_stored_response_until_it_expires()
    {
        var request = Request("a", "x");
        await DoAsync(request);
        var again = await ClaimAsync(request);
        Assert.Equal(IdempotencyAnswer.Done, again.Answer);
        Assert.Equal(Answer, again.Response.ToArray());

        await PassAsync(Keep);
        Assert.Equal(IdempotencyAnswer.Claimed, (await ClaimAsync(request)).Answer);
    }

    [Fact]
    public async Task Another_request_with_the_same_key_is_a_mismatch_even_while_the_first_one_runs()
    {
        var claim = await ClaimAsync(Request("a", "x"));
        Assert.Equal(IdempotencyAnswer.Mismatch, (await ClaimAsync(Request("a", "y"))).Answer);
        await Store.StoreAsync(Request("a", "x"), claim.Ticket, Answer);
        Assert.Equal(IdempotencyAnswer.Mismatch, (await ClaimAsync(Request("a", "y"))).Answer);
        Assert.Equal(IdempotencyAnswer.Claimed, (await ClaimAsync(Request("b", "y"))).Answer);
    }

    [Theory]
    [InlineData("rke.v1.RkeService/PostKey", "spiffe://example.org/other")]
    [InlineData("rke.v1.RkeService/PostKey", "")]
    [InlineData("rke.v1.RkeService/GetKey", "spiffe://example.org/shop")]
    public async Task A_key_of_one_scope_does_not_affect_the_same_key_of_another_scope(string purpose, string caller)
    {
        await DoAsync(Request("a", "x"));
        await ClaimAsync(Request("b", "x"));
        var scope = new IdempotencyScope(purpose, caller);
        foreach (var key in (string[])["a", "b"])
        {
            Assert.Equal(IdempotencyAnswer.Claimed, (await ClaimAsync(RequestDigest.Of(scope, key, "x"u8))).Answer);
        }

        var claim = await ClaimAsync(RequestDigest.Of(scope, "c", "x"u8));
        await Store.AbandonAsync(Request("c", "x"), claim.Ticket);
        Assert.Equal(IdempotencyAnswer.Mismatch, (await ClaimAsync(RequestDigest.Of(scope, "c", "y"u8))).Answer);
        Assert.Equal(IdempotencyAnswer.Done, (await ClaimAsync(Request("a", "x"))).Answer);
    }

    [Theory]
    [InlineData("ab", "c", "d", "a", "bc", "d")]
    [InlineData("a", "bc", "d", "a", "b", "cd")]
    [InlineData("a", "", "1:bc", "a", "b", "c")]
    public void Two_scopes_never_have_the_same_key(
        string purpose, string caller, string key, string otherPurpose, string otherCaller, string otherKey)
    {
        var one = RequestDigest.Of(new(purpose, caller), key, "x"u8);
        var other = RequestDigest.Of(new(otherPurpose, otherCaller), otherKey, "x"u8);
        Assert.NotEqual(one.Name, other.Name);
        Assert.NotEqual(one.Digest, other.Digest);
        Assert.False(one.EncryptionKey.SequenceEqual(other.EncryptionKey));
    }

    [Fact]
    public async Task A_request_that_arrives_while_the_first_one_runs_waits_for_its_response()
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
    public async Task If_the_first_request_fails_exactly_one_waiting_request_gets_the_claim()
    {
        var request = Request("a", "x");
        var claim = await ClaimAsync(request);
        var waiting = Enumerable.Range(0, 5).Select(_ => ClaimAsync(request)).ToList();
        await Store.AbandonAsync(request, claim.Ticket);
        var next = await Task.WhenAny(waiting);
        waiting.Remove(next);
        Assert.Equal(IdempotencyAnswer.Claimed, (await next).Answer);
        Assert.DoesNotContain(waiting, task => task.IsCompleted);

        await Store.StoreAsync(request, (await next).Ticket, Answer);
        foreach (var waiter in waiting)
        {
            Assert.Equal(IdempotencyAnswer.Done, (await waiter).Answer);
        }
    }

    [Fact]
    public async Task An_expired_claim_passes_to_the_next_request_and_its_late_response_is_ignored()
    {
        var request = Request("a", "x");
        var dead = await ClaimAsync(request);
        var waiting = ClaimAsync(request);
        await PassAsync(Hold);
        var next = await waiting;
        Assert.Equal(IdempotencyAnswer.Claimed, next.Answer);
        await Store.StoreAsync(request, dead.Ticket, new byte[] { 9 });
        await Store.AbandonAsync(request, dead.Ticket);
        await Store.StoreAsync(request, next.Ticket, Answer);
        Assert.Equal(Answer, (await ClaimAsync(request)).Response.ToArray());
    }

    [Fact]
    public async Task A_cancelled_request_stops_waiting()
    {
        var request = Request("a", "x");
        await ClaimAsync(request);
        using var gone = new CancellationTokenSource();
        var waiting = Store.ClaimAsync(request, Hold, gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Concurrent_requests_run_the_work_once()
    {
        var request = Request("a", "x");
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            var claim = await ClaimAsync(request);
            if (claim.Answer == IdempotencyAnswer.Claimed)
            {
                Interlocked.Increment(ref done);
                await Store.StoreAsync(request, claim.Ticket, Answer);
            }
        })));
        Assert.Equal(1, done);
    }

    [Fact]
    public void The_digest_reveals_neither_the_key_nor_the_request()
    {
        var digest = RequestDigest.Of(Scope, "the key", "the request"u8);
        Assert.NotEqual(digest.Digest, RequestDigest.Of(Scope, "another key", "the request"u8).Digest);
        Assert.DoesNotContain("the", $"{digest}".Replace("RequestDigest", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private protected static RequestDigest Request(string key, string request) =>
        RequestDigest.Of(Scope, key, System.Text.Encoding.UTF8.GetBytes(request));

    private protected Task<IdempotencyClaim> ClaimAsync(RequestDigest request) =>
        Store.ClaimAsync(request, Hold, Cancelled).AsTask();

    private protected async Task DoAsync(RequestDigest request)
    {
        var claim = await ClaimAsync(request);
        Assert.Equal(IdempotencyAnswer.Claimed, claim.Answer);
        await Store.StoreAsync(request, claim.Ticket, Answer);
    }
}
