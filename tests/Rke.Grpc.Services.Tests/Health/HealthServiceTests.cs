using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rke.Grpc.Services.Tests;

public sealed class HealthServiceTests : IDisposable
{
    private readonly GrpcHealth _health = new(Options.Create(new GrpcHealthOptions
    {
        MaximumListed = 2,
        MaximumWatches = 1,
    }));

    private readonly ApplicationLifetime _lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly CancellationTokenSource _call = new();
    private readonly ResponsePipe<HealthCheckResponse> _responses = new();
    private readonly HealthService _service;

    public HealthServiceTests() => _service = new HealthService(_health, _lifetime);

    public void Dispose() => _call.Dispose();

    [Fact]
    public async Task Check_says_the_status()
    {
        _health.SetStatus("a", ServingStatus.Serving);

        var response = await _service.Check(new HealthCheckRequest { Service = "a" }, Context());

        Assert.Equal(ServingStatus.Serving, response.Status);
    }

    [Fact]
    public async Task Check_of_an_unknown_service_is_NOT_FOUND()
    {
        var error = await Assert.ThrowsAsync<RpcException>(
            () => _service.Check(new HealthCheckRequest { Service = "a" }, Context()));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task List_says_all_statuses()
    {
        _health.SetStatus("a", ServingStatus.Serving);

        var response = await _service.List(new HealthListRequest(), Context());

        Assert.Equal(["", "a"], response.Statuses.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(ServingStatus.Serving, response.Statuses["a"].Status);
        Assert.Equal(ServingStatus.NotServing, response.Statuses[""].Status);
    }

    [Fact]
    public async Task List_of_too_many_is_RESOURCE_EXHAUSTED()
    {
        _health.SetStatus("a", ServingStatus.Serving);
        _health.SetStatus("b", ServingStatus.Serving);

        var error = await Assert.ThrowsAsync<RpcException>(() => _service.List(new HealthListRequest(), Context()));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task Watch_says_the_status_at_once_and_then_changes_only()
    {
        var watch = Watch("a");
        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync());

        _health.SetStatus("a", ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, await NextAsync());

        _health.SetStatus("a", ServingStatus.Serving);
        _health.SetStatus("a", ServingStatus.NotServing);
        Assert.Equal(ServingStatus.NotServing, await NextAsync());

        await _call.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
        Assert.Equal(0, _health.WatchCount);
        Assert.False(_responses.TryNext(out _));
    }

    [Fact]
    public async Task Slow_watcher_hears_the_latest_only()
    {
        var slow = new TaskCompletionSource();
        _responses.Gate = slow.Task;
        var watch = Watch("a");
        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync());

        _health.SetStatus("a", ServingStatus.Serving);
        _health.SetStatus("a", ServingStatus.NotServing);
        _health.SetStatus("a", ServingStatus.Unknown);
        slow.SetResult();

        Assert.Equal(ServingStatus.Unknown, await NextAsync());
        await _call.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
    }

    [Fact]
    public async Task One_watch_too_many_is_RESOURCE_EXHAUSTED()
    {
        var first = Watch("a");
        await NextAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => Watch("a"));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        await _call.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Fact]
    public async Task Watch_ends_well_when_the_process_stops()
    {
        _health.SetStatus("a", ServingStatus.Serving);
        var watch = Watch("a");
        Assert.Equal(ServingStatus.Serving, await NextAsync());

        _lifetime.StopApplication();

        Assert.Equal(ServingStatus.NotServing, await NextAsync());
        await watch;
    }

    private async Task<ServingStatus> NextAsync() => (await _responses.NextAsync()).Status;

    private DirectCallContext Context() => new(_call.Token);

    private Task Watch(string service) =>
        _service.Watch(new HealthCheckRequest { Service = service }, _responses, Context());
}
