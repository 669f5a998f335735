using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Rke.Grpc.Tests.Server;

public sealed class ActivationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ServiceLifetime.Singleton, 1, 0)]
    [InlineData(ServiceLifetime.Scoped, 3, 3)]
    [InlineData(ServiceLifetime.Transient, 3, 3)]
    [InlineData(null, 3, 3)]
    public async Task Follows_the_registration(ServiceLifetime? lifetime, int made, int disposed)
    {
        var count = new Count();
        await using var server = await EchoServer.StartAsync(
            services: services =>
            {
                services.AddSingleton(count);
                if (lifetime is not null)
                {
                    services.Add(new ServiceDescriptor(typeof(Counted), typeof(Counted), lifetime.Value));
                }
            },
            map: app =>
            {
                app.MapGrpcService<Counted>();
            });
        var client = new CountedEcho.CountedEchoClient(server.Channel);

        for (var i = 0; i < 3; i++)
        {
            await client.CountAsync(new Message(), cancellationToken: Token);
        }

        Assert.Equal(made, count.Made);
        for (var i = 0; i < disposed; i++)
        {
            Assert.True(await count.Disposed.WaitAsync(TimeSpan.FromSeconds(20), Token));
        }

        Assert.Equal(0, count.Disposed.CurrentCount);
    }

    public sealed class Count
    {
        public int Made { get; set; }

        public SemaphoreSlim Disposed { get; } = new(0);
    }

    public sealed class Counted : CountedEcho.CountedEchoBase, IAsyncDisposable
    {
        private readonly Count _count;

        public Counted(Count count)
        {
            _count = count;
            count.Made++;
        }

        public override Task<Message> Count(Message request, ServerCallContext context) => Task.FromResult(request);

        public ValueTask DisposeAsync()
        {
            _count.Disposed.Release();
            return ValueTask.CompletedTask;
        }
    }
}
