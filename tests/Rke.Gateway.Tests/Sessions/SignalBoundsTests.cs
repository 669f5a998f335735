using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Configuration;
using Rke.Gateway.Reload;
using Rke.Gateway.Signalling;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>What bounds the listener's work, without any socket.</summary>
public sealed class SignalBoundsTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.254", "192.0.3.1")]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:ff::2", "2001:db8:0:100::1")]
    [InlineData("192.0.2.1", "::ffff:192.0.2.7", "198.51.100.1")]
    public void Neighbours_share_a_bucket_and_others_do_not(string source, string neighbour, string other)
    {
        var limits = Limits();
        for (var count = 0; count < 5; count++)
        {
            Assert.True(limits.TryTake(IPAddress.Parse(source)));
        }

        Assert.False(limits.TryTake(IPAddress.Parse(source)));
        Assert.False(limits.TryTake(IPAddress.Parse(neighbour)));
        Assert.True(limits.TryTake(IPAddress.Parse(other)));
    }

    [Fact]
    public void A_bucket_fills_at_its_rate_up_to_its_burst()
    {
        var (limits, source) = (Limits(), IPAddress.Parse("192.0.2.1"));
        Assert.Equal(5, Take(limits, source));
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(0, Take(limits, source));
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(1, Take(limits, source));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(5, Take(limits, source));
    }

    [Fact]
    public void A_bucket_follows_the_settings()
    {
        var live = new LiveSettings(Settings(rate: 2, burst: 5));
        var (limits, source) = (new SourceLimits(live, _time), IPAddress.Parse("192.0.2.1"));
        Assert.Equal(5, Take(limits, source));
        live.Apply(Settings(rate: 10, burst: 8));
        Assert.Equal(0, Take(limits, source));
        _time.Advance(TimeSpan.FromMilliseconds(501));
        Assert.Equal(5, Take(limits, source));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(8, Take(limits, source));
        _time.Advance(TimeSpan.FromHours(1));
        live.Apply(Settings(rate: 1, burst: 1));
        Assert.Equal(1, Take(limits, source));
    }

    [Fact]
    public async Task The_memory_keeps_the_latest_answers_and_what_is_worked_on()
    {
        var memory = new SignalMemory(capacity: 3);
        var release = new TaskCompletionSource<SignalResult?>();
        _ = memory.Start(99, () => release.Task);
        for (UInt128 name = 1; name <= 10; name++)
        {
            await memory.Start(name, () => Task.FromResult<SignalResult?>(new([], TimeSpan.Zero)));
        }

        Assert.Equal(4, memory.Count);
        Assert.False(memory.TryFind(7, out _));
        Assert.True(memory.TryFind(8, out _));
        Assert.True(memory.TryFind(99, out var worked));
        release.SetResult(null);
        Assert.Null(await worked!);
    }

    [Fact]
    public async Task Only_a_few_wait_for_the_same_answer()
    {
        var memory = new SignalMemory();
        var release = new TaskCompletionSource<SignalResult?>();
        var first = memory.Start(1, () => release.Task);
        var waiting = new List<Task<SignalResult?>>();
        for (var count = 0; count < 100; count++)
        {
            Assert.True(memory.TryFind(1, out var known));
            if (known is not null)
            {
                waiting.Add(known);
            }
        }

        Assert.InRange(waiting.Count, 1, 8);
        release.SetResult(new([0], TimeSpan.Zero));
        await first;
        Assert.All(await Task.WhenAll(waiting), result => Assert.Equal([0], result!.UsedParts));
        Assert.True(memory.TryFind(1, out var answered));
        Assert.NotNull(answered);
    }

    [Fact]
    public async Task Work_that_gives_no_answer_is_forgotten()
    {
        var memory = new SignalMemory();
        Assert.Null(await memory.Start(1, () => Task.FromResult<SignalResult?>(null)));
        Assert.Equal(0, memory.Count);
    }

    private static int Take(SourceLimits limits, IPAddress source) =>
        Enumerable.Range(0, 20).TakeWhile(_ => limits.TryTake(source)).Count();

    private SourceLimits Limits() => new(new LiveSettings(Settings(rate: 2, burst: 5)), _time);

    private static GatewaySettings Settings(int rate, int burst) => GatewaySettings.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(
        [
            new("Rke:Signal:SourceRate", $"{rate}"),
            new("Rke:Signal:SourceBurst", $"{burst}"),
        ]).Build());
}
