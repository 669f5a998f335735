using System.Threading.Channels;
using Grpc.Core;

namespace Rke.Grpc.Services.Tests;

/// <summary>Takes what a service method writes; with a gate, a write waits like one to a slow caller.</summary>
internal sealed class ResponsePipe<T> : IServerStreamWriter<T>
{
    private readonly Channel<T> _responses = Channel.CreateUnbounded<T>();

    public WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes wait for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public async Task WriteAsync(T message)
    {
        _responses.Writer.TryWrite(message);
        await Gate;
    }

    public async Task<T> NextAsync() =>
        await _responses.Reader.ReadAsync(TestContext.Current.CancellationToken)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

    public bool TryNext(out T? response) => _responses.Reader.TryRead(out response);
}
