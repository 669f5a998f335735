using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rke.Dns;
using Rke.Gateway.Tests.Dns;
using Rke.Lookup;
using Rke.Lookup.Caching;
using Rke.Lookup.Memberships;
using Rke.Lookup.Sources;

namespace Rke.Gateway.Tests.Lookup;

public sealed class SharedLookupTests : IDisposable
{
    private static readonly DnsName Name = Names.Parse("example.com");
    private static readonly Fetched<string> Failure =
        Fetched<string>.Failed(LookupFailure.Unavailable, "down");

    private static readonly JsonSerializerOptions Strict = new(StoredAnswersJson.Default.Options)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private readonly SteppedClock time = new();
    private readonly DictionaryCache memory;
    private readonly DnsOptions options = new();
    private readonly Lock gate = new();
    private readonly List<(TaskCompletionSource<Fetched<string>> Result, CancellationToken Cancellation)> fetches = [];
    private readonly SemaphoreSlim begun = new(0);

    public SharedLookupTests() => memory = new(time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => begun.Dispose();

    [Fact]
    public async Task An_answer_is_kept_for_its_ttl()
    {
        var lookup = Create();
        Assert.Equal("one", (await FetchAsync(lookup, Value("one", 60))).Value);

        time.Advance(TimeSpan.FromSeconds(59));
        var kept = await lookup.GetAsync(Name, Cancellation);
        Assert.Equal(("one", TimeSpan.FromSeconds(1), false), (kept.Value, kept.Ttl, kept.IsStale));

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("two", (await FetchAsync(lookup, Value("two", 60))).Value);
        Assert.Equal(2, fetches.Count);
    }

    [Theory]
    [InlineData(0, false, 5)]
    [InlineData(60, false, 60)]
    [InlineData(1_000_000, false, 3600)]
    [InlineData(null, false, 3600)]
    [InlineData(0, true, 5)]
    [InlineData(3600, true, 60)]
    [InlineData(null, true, 60)]
    public async Task A_ttl_is_bounded(int? seconds, bool isNegative, int expected)
    {
        var answer = await FetchAsync(Create(), Value("one", seconds, isNegative));

        Assert.Equal(TimeSpan.FromSeconds(expected), answer.Ttl);
    }

    [Fact]
    public async Task Concurrent_callers_share_one_lookup()
    {
        var lookup = Create();
        var callers = Enumerable.Range(0, 100).Select(_ => lookup.GetAsync(Name, Cancellation)).ToList();
        await begun.WaitAsync(Cancellation);
        fetches[0].Result.SetResult(Value("one", 60));

        Assert.All(await Task.WhenAll(callers), answer => Assert.Equal("one", answer.Value));
        Assert.Single(fetches);
    }

    [Fact]
    public async Task A_caller_that_cancels_does_not_affect_the_others_and_the_last_one_cancels_the_lookup()
    {
        var lookup = Create();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var one = lookup.GetAsync(Name, first.Token);
        var two = lookup.GetAsync(Name, second.Token);
        await begun.WaitAsync(Cancellation);

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        Assert.False(fetches[0].Cancellation.IsCancellationRequested);

        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => two);
        Assert.True(fetches[0].Cancellation.IsCancellationRequested);

        // The next caller starts a new lookup, which is not cancelled.
        Assert.Equal("two", (await FetchAsync(lookup, Value("two", 60))).Value);
        Assert.Equal(2, fetches.Count);
    }

    [Fact]
    public async Task While_the_sources_fail_a_stale_answer_is_returned_and_marked()
    {
        var lookup = Create();
        await FetchAsync(lookup, Value("one", 60));
        time.Advance(TimeSpan.FromSeconds(61));

        var stale = await FetchAsync(lookup, Failure);
        Assert.Equal(("one", TimeSpan.Zero, true), (stale.Value, stale.Ttl, stale.IsStale));

        // During the pause, no source is asked.
        stale = await lookup.GetAsync(Name, Cancellation);
        Assert.True(stale.IsStale);
        Assert.Equal(2, fetches.Count);

        time.Advance(options.FailurePause);
        Assert.False((await FetchAsync(lookup, Value("two", 60))).IsStale);

        time.Advance(TimeSpan.FromSeconds(60) + options.StaleFor);
        var failed = await FetchAsync(lookup, Failure);
        Assert.Equal((null, LookupFailure.Unavailable, "down"), (failed.Value, failed.Failure, failed.Detail));
    }

    [Fact]
    public async Task With_a_stale_answer_the_wait_is_short_and_the_lookup_continues()
    {
        var lookup = Create();
        await FetchAsync(lookup, Value("one", 60));
        time.Advance(TimeSpan.FromSeconds(61));

        var waiting = lookup.GetAsync(Name, Cancellation);
        await begun.WaitAsync(Cancellation);
        time.Advance(options.StaleAfter);
        Assert.True((await waiting).IsStale);
        Assert.False(fetches[1].Cancellation.IsCancellationRequested);

        var next = lookup.GetAsync(Name, Cancellation);
        fetches[1].Result.SetResult(Value("two", 60));
        Assert.Equal("two", (await next).Value);
        Assert.Equal(2, fetches.Count);
    }

    [Fact]
    public async Task After_a_failure_there_is_a_pause_before_the_next_lookup()
    {
        var lookup = Create();
        Assert.Null((await FetchAsync(lookup, Failure)).Value);
        Assert.Equal("down", (await lookup.GetAsync(Name, Cancellation)).Detail);
        Assert.Single(fetches);

        time.Advance(options.FailurePause);
        Assert.Equal("one", (await FetchAsync(lookup, Value("one", 60))).Value);
    }

    [Fact]
    public async Task Concurrent_lookups_are_bounded()
    {
        options.MaximumLookups = 1;
        var lookup = Create();
        var one = lookup.GetAsync(Name, Cancellation);
        var refused = await lookup.GetAsync(Names.Parse("other.example"), Cancellation);
        await begun.WaitAsync(Cancellation);
        fetches[0].Result.SetResult(Value("one", 60));

        Assert.Equal(LookupFailure.Overloaded, refused.Failure);
        Assert.Equal("one", (await one).Value);
    }

    [Fact]
    public async Task An_exception_reaches_the_waiting_callers_and_is_not_cached()
    {
        var lookup = Create();
        var one = lookup.GetAsync(Name, Cancellation);
        await begun.WaitAsync(Cancellation);
        fetches[0].Result.SetException(new InvalidOperationException("a bug"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => one);
        Assert.Equal("one", (await FetchAsync(lookup, Value("one", 60))).Value);
    }

    [Fact]
    public void The_cache_is_bounded_and_removes_the_least_recently_used_name()
    {
        var cache = new LookupCache<string>(2);
        cache.Put(Names.Parse("a"), new CacheEntry<string> { Value = "a" });
        cache.Put(Names.Parse("b"), new CacheEntry<string> { Value = "b" });
        Assert.True(cache.TryFind(Names.Parse("a"), out _));
        cache.Put(Names.Parse("c"), new CacheEntry<string> { Value = "c" });
        cache.Put(Names.Parse("c"), new CacheEntry<string> { Value = "cc" });

        Assert.Equal(2, cache.Count);
        Assert.True(cache.TryFind(Names.Parse("a"), out _));
        Assert.False(cache.TryFind(Names.Parse("b"), out _));
        Assert.True(cache.TryFind(Names.Parse("c"), out var entry));
        Assert.Equal("cc", entry.Value);
    }

    [Theory]
    [InlineData(-60)]
    [InlineData(60)]
    public async Task A_step_of_the_system_clock_does_not_change_a_ttl_or_a_pause(int minutes)
    {
        var lookup = Create();
        await FetchAsync(lookup, Value("one", 60));

        time.Step(TimeSpan.FromMinutes(minutes));

        Assert.Equal(TimeSpan.FromSeconds(60), (await lookup.GetAsync(Name, Cancellation)).Ttl);
        Assert.Equal(TimeSpan.FromSeconds(60), (await Create().GetAsync(Name, Cancellation)).Ttl);
        Assert.Single(fetches);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.True((await FetchAsync(lookup, Failure)).IsStale);
        time.Step(TimeSpan.FromMinutes(minutes));
        Assert.True((await lookup.GetAsync(Name, Cancellation)).IsStale);
        time.Advance(options.FailurePause);
        Assert.Equal("two", (await FetchAsync(lookup, Value("two", 60))).Value);
    }

    [Fact]
    public async Task An_answer_of_another_replica_is_used_during_its_ttl()
    {
        await FetchAsync(Create(), Value("one", 60));
        time.Advance(TimeSpan.FromSeconds(20));
        var other = Create();
        var shared = await other.GetAsync(Name, Cancellation);
        Assert.Equal(("one", TimeSpan.FromSeconds(40), false), (shared.Value, shared.Ttl, shared.IsStale));
        Assert.Single(fetches);

        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal("two", (await FetchAsync(other, Value("two", 60))).Value);
    }

    [Fact]
    public async Task A_stale_answer_of_another_replica_is_used()
    {
        await FetchAsync(Create(), Value("one", 60));
        time.Advance(TimeSpan.FromSeconds(61));
        var stale = await FetchAsync(Create(), Failure);
        Assert.Equal(("one", TimeSpan.Zero, true), (stale.Value, stale.Ttl, stale.IsStale));
    }

    [Fact]
    public async Task A_stale_answer_does_not_hide_a_disagreement()
    {
        var lookup = Create();
        await FetchAsync(lookup, Value("one", 60));
        time.Advance(TimeSpan.FromSeconds(61));
        var answer = await FetchAsync(lookup, Fetched<string>.Failed(LookupFailure.Disagreement, "2 against 1"));
        Assert.Equal((null, LookupFailure.Disagreement), (answer.Value, answer.Failure));
        Assert.Null((await lookup.GetAsync(Name, Cancellation)).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"StaleFor\":\"00:10:00\"}")]
    [InlineData("{\"StaleFor\":\"00:10:00\",\"Value\":null}")]
    [InlineData("{\"ExpiresAt\":\"2026-01-01T01:00:00+00:00\",\"Value\":\"old\"}")]
    public async Task An_unreadable_entry_of_the_shared_cache_is_ignored(string text)
    {
        memory.Everything = Encoding.UTF8.GetBytes(text);
        Assert.Equal("one", (await FetchAsync(Create(), Value("one", 60))).Value);
    }

    [Fact]
    public async Task Records_and_addresses_are_unchanged_in_the_shared_cache()
    {
        var records = new DomainRecords(
            LookupSource.Raida,
            [new ServiceTarget("s.example", 75, 1, 2)],
            new MembershipRecords(
                [new Membership("*.example", 17, 1, 2, new(-3, 4), 5, 6, new HostEndpoint("h", 7))],
                [new KeyServer(24, new HostEndpoint("k", 8), ulong.MaxValue)],
                IsAnonymousFine: true,
                new HostEndpoint("g", 9),
                ["junk"]))
        {
            Conflicts = ["SRV differs"],
        };
        IReadOnlyList<IPAddress> addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback];
        var domains = new StoredAnswers<DomainRecords>(
            "d", memory, static () => StoredAnswersJson.Default.StoredAnswerDomainRecords);
        var hosts = new StoredAnswers<IReadOnlyList<IPAddress>>(
            "h", memory, static () => StoredAnswersJson.Default.StoredAnswerIReadOnlyListIPAddress);
        await domains.PutAsync(Name, records, TimeSpan.FromMinutes(1), TimeSpan.Zero);
        await hosts.PutAsync(Name, addresses, TimeSpan.FromMinutes(1), TimeSpan.Zero);

        Assert.Equivalent(records, (await domains.FindAsync(Name, Cancellation))!.Value.Value, strict: true);
        Assert.Equal(addresses, (await hosts.FindAsync(Name, Cancellation))!.Value.Value);
    }

    [Fact]
    public async Task An_empty_cache_needs_no_json_format()
    {
        var answers = new StoredAnswers<string>("test", memory, static () => throw new InvalidOperationException("The format was created."));

        Assert.Null(await answers.FindAsync(Name, Cancellation));
    }

    private static Fetched<string> Value(string value, int? seconds, bool isNegative = false) =>
        new(value, seconds is null ? null : TimeSpan.FromSeconds(seconds.Value), isNegative);

    private SharedLookup<string> Create() => new(
        (_, cancellation) =>
        {
            var result = new TaskCompletionSource<Fetched<string>>();
            lock (gate)
            {
                fetches.Add((result, cancellation));
            }

            begun.Release();
            return result.Task.WaitAsync(cancellation);
        },
        new StoredAnswers<string>(
            "test",
            memory,
            static () => (JsonTypeInfo<StoredAnswer<string>>)Strict.GetTypeInfo(typeof(StoredAnswer<string>))),
        options,
        time);

    private async Task<SharedAnswer<string>> FetchAsync(SharedLookup<string> lookup, Fetched<string> result)
    {
        var answer = lookup.GetAsync(Name, Cancellation);
        await begun.WaitAsync(Cancellation);
        fetches[^1].Result.SetResult(result);
        return await answer;
    }
}
