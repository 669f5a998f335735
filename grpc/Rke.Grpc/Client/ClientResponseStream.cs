using System.IO.Pipelines;
using Grpc.Core;

namespace Rke.Grpc.Client;

/// <summary>The responses of a streaming call.</summary>
internal sealed class ClientResponseStream<TRequest, TResponse>(
    ClientCall<TRequest, TResponse> call, Task<PipeReader?> sending) : IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private TResponse? _current;
    private int _isReading;

    public TResponse Current => _current ?? throw new InvalidOperationException("There is no current message.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
        {
            throw new InvalidOperationException("Another read of this stream has not finished yet.");
        }

        try
        {
            _current = null;
            await using var cancellation = cancellationToken.UnsafeRegister(
                static state => ((ClientCall)state!).Cancel(), call);
            if (await sending is { } body)
            {
                _current = await call.ReadAsync(body);
                return _current is not null;
            }

            return call.GetStatus().StatusCode == StatusCode.OK ? false : throw call.Failure();
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }
}
