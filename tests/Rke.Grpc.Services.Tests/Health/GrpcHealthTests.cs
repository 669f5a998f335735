using Microsoft.Extensions.Options;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rke.Grpc.Services.Tests;

public sealed class GrpcHealthTests
{
    private readonly GrpcHealth _health = new(Options.Create(new GrpcHealthOptions { MaximumWatches = 2 }));

    [Fact]
    public void Server_starts_not_serving()
    {
        Assert.True(_health.TryGetStatus(GrpcHealth.Overall, out var status));
        Assert.Equal(ServingStatus.NotServing, status);
    }

    [Fact]
    public void Last_status_holds()
    {
        _health.SetStatus("a", ServingStatus.NotServing);
        _health.SetStatus("a", ServingStatus.Serving);

        Assert.True(_health.TryGetStatus("a", out var status));
        Assert.Equal(ServingStatus.Serving, status);
        Assert.False(_health.TryGetStatus("b", out _));
    }

    [Fact]
    public void Service_unknown_is_not_a_status_to_set() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _health.SetStatus("a", ServingStatus.ServiceUnknown));

    [Fact]
    public void Shutdown_turns_everything_not_serving_for_good()
    {
        _health.SetStatus("a", ServingStatus.Serving);

        _health.Shutdown();
        _health.SetStatus("a", ServingStatus.Serving);
        _health.SetStatus("late", ServingStatus.Serving);

        foreach (var service in new[] { GrpcHealth.Overall, "a", "late" })
        {
            Assert.True(_health.TryGetStatus(service, out var status));
            Assert.Equal(ServingStatus.NotServing, status);
        }
    }

    [Fact]
    public async Task Watch_holds_the_latest_status_only()
    {
        using var watch = _health.Watch("a")!;
        _health.SetStatus("a", ServingStatus.Serving);
        _health.SetStatus("a", ServingStatus.NotServing);
        _health.SetStatus("b", ServingStatus.Serving);

        Assert.Equal(ServingStatus.NotServing, await watch.NextAsync(TestContext.Current.CancellationToken));
        Assert.False(watch.NextAsync(TestContext.Current.CancellationToken).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Clearing_tells_watches_that_the_service_is_unknown()
    {
        _health.SetStatus("a", ServingStatus.Serving);
        _health.SetStatus("b", ServingStatus.Serving);
        using var a = _health.Watch("a")!;
        using var b = _health.Watch("b")!;

        _health.ClearStatus("a");
        Assert.Equal(ServingStatus.ServiceUnknown, await a.NextAsync(TestContext.Current.CancellationToken));
        Assert.Equal(ServingStatus.Serving, await b.NextAsync(TestContext.Current.CancellationToken));

        _health.ClearAll();
        Assert.Equal(ServingStatus.ServiceUnknown, await b.NextAsync(TestContext.Current.CancellationToken));
        Assert.False(_health.TryGetStatus(GrpcHealth.Overall, out _));
    }

    [Fact]
    public void Watches_are_bounded_and_give_their_place_back()
    {
        var first = _health.Watch("a");
        using var second = _health.Watch("a");
        Assert.Null(_health.Watch("a"));

        first!.Dispose();
        first.Dispose();
        Assert.Equal(1, _health.WatchCount);
        using var third = _health.Watch("b");
        Assert.NotNull(third);
    }
}
