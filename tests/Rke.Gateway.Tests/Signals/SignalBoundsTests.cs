using System.Net;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Configuration;
using Rke.Gateway.Signals;
using Rke.Gateway.Tests.Configuration;

namespace Rke.Gateway.Tests.Signals;

/// <summary>The limits of the listener, without a socket.</summary>
public sealed class SignalBoundsTests
{
    private static readonly SignalResult Used = new(1, TimeSpan.FromMilliseconds(3));

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.254", "192.0.3.1")]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:ff::2", "2001:db8:0:100::1")]
    [InlineData("192.0.2.1", "::ffff:192.0.2.7", "198.51.100.1")]
    public void Neighbouring_addresses_share_a_bucket_and_others_do_not(string source, string neighbour, string other)
    {
        var sourceLimit = CreateLimit();
        for (var count = 0; count < 5; count++)
        {
            Assert.True(sourceLimit.TryTake(IPAddress.Parse(source)));
        }

        Assert.False(sourceLimit.TryTake(IPAddress.Parse(source)));
        Assert.False(sourceLimit.TryTake(IPAddress.Parse(neighbour)));
        Assert.True(sourceLimit.TryTake(IPAddress.Parse(other)));
    }

    [Fact]
    public void A_bucket_fills_at_its_rate_up_to_its_burst()
    {
        var (sourceLimit, source) = (CreateLimit(), IPAddress.Parse("192.0.2.1"));
        Assert.Equal(5, Take(sourceLimit, source));
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(0, Take(sourceLimit, source));
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(1, Take(sourceLimit, source));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(5, Take(sourceLimit, source));
    }

    [Fact]
    public void A_bucket_follows_the_settings()
    {
        var options = new ChangingOptions<SignalOptions>(Settings(rate: 2, burst: 5));
        var (sourceLimit, source) = (new SourceRateLimit(options, _time), IPAddress.Parse("192.0.2.1"));
        Assert.Equal(5, Take(sourceLimit, source));
        options.CurrentValue = Settings(rate: 10, burst: 8);
        Assert.Equal(0, Take(sourceLimit, source));
        _time.Advance(TimeSpan.FromMilliseconds(501));
        Assert.Equal(5, Take(sourceLimit, source));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(8, Take(sourceLimit, source));
        _time.Advance(TimeSpan.FromHours(1));
        options.CurrentValue = Settings(rate: 1, burst: 1);
        Assert.Equal(1, Take(sourceLimit, source));
    }

    [Fact]
    public async Task The_latest_results_and_the_Signals_in_progress_are_kept()
    {
        var results = CreateResults(capacity: 3);
        var release = new TaskCompletionSource<SignalResult?>();
        _ = results.Start(99, () => release.Task, out _);
        for (UInt128 name = 1; name <= 10; name++)
        {
            await results.Start(name, () => Task.FromResult<SignalResult?>(Used), out _)!;
        }

        Assert.Equal(4, results.Count);
        Assert.False(results.TryFind(7, out _));
        Assert.True(results.TryFind(8, out _));
        Assert.True(results.TryFind(99, out var running));
        release.SetResult(null);
        Assert.Null(await running!);
    }

    [Fact]
    public async Task Results_without_used_parts_are_few_and_short_lived_and_remove_no_other_result()
    {
        var results = CreateResults(capacity: 3);
        await results.Start(1, () => Task.FromResult<SignalResult?>(Used), out _)!;
        for (UInt128 name = 2; name <= SignalResults.MaxUnused + 100; name++)
        {
            await results.Start(name, () => Task.FromResult<SignalResult?>(new(0, TimeSpan.Zero)), out _)!;
        }

        Assert.Equal(SignalResults.MaxUnused + 1, results.Count);
        _time.Advance(SignalResults.UnusedLifetime);
        Assert.True(results.TryFind(1, out var kept));
        Assert.Equal(Used, await kept!);
        Assert.Equal(1, results.Count);
        _time.Advance(SignalResults.Lifetime);
        Assert.False(results.TryFind(1, out _));
        Assert.Equal(0, results.Count);
    }

    [Fact]
    public async Task Only_a_few_wait_for_the_same_answer()
    {
        var results = CreateResults();
        var release = new TaskCompletionSource<SignalResult?>();
        var first = results.Start(1, () => release.Task, out _)!;
        var waiting = new List<Task<SignalResult?>>();
        for (var count = 0; count < 100; count++)
        {
            Assert.True(results.TryFind(1, out var known));
            if (known is not null)
            {
                waiting.Add(known);
            }
        }

        Assert.InRange(waiting.Count, 1, 8);
        release.SetResult(Used);
        await first;
        Assert.All(await Task.WhenAll(waiting), result => Assert.Equal(Used, result));
        Assert.True(results.TryFind(1, out var answered));
        Assert.NotNull(answered);
    }

    [Fact]
    public async Task A_Signal_that_became_known_after_the_search_is_not_started_again()
    {
        var results = CreateResults();
        var release = new TaskCompletionSource<SignalResult?>();
        var first = results.Start(1, () => release.Task, out var isFirst)!;
        var second = results.Start(1, () => throw new InvalidOperationException("The Signal is in progress."), out var isSecond)!;
        release.SetResult(Used);
        Assert.Equal((Used, Used), (await first, await second));
        var third = results.Start(1, () => throw new InvalidOperationException("The Signal has a result."), out var isThird)!;
        Assert.Equal(Used, await third);
        Assert.Equal((true, false, false), (isFirst, isSecond, isThird));
    }

    [Fact]
    public async Task A_Signal_without_a_result_is_removed()
    {
        var results = CreateResults();
        Assert.Null(await results.Start(1, () => Task.FromResult<SignalResult?>(null), out _)!);
        Assert.Equal(0, results.Count);
    }

    private static int Take(SourceRateLimit sourceLimit, IPAddress source) =>
        Enumerable.Range(0, 20).TakeWhile(_ => sourceLimit.TryTake(source)).Count();

    private SourceRateLimit CreateLimit() => new(new ChangingOptions<SignalOptions>(Settings(rate: 2, burst: 5)), _time);

    private SignalResults CreateResults(int capacity = 1000) =>
        new(new ChangingOptions<SignalOptions>(new() { Results = capacity }), _time);

    private static SignalOptions Settings(int rate, int burst) => new() { SourceRate = rate, SourceBurst = burst };
}
