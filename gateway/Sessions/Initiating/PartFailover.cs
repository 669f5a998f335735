using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// Posts one part of a session to a key server. If the server fails, another server replaces it at once. If the server is
/// slower than its usual round trip, the part is also posted to another server, and the first response wins. Each server gets
/// different random bytes, so only the server that wins has bytes of the key.
/// </summary>
internal sealed class PartFailover(
    PostKeyCall postKey,
    ServerRanking ranking,
    OrphanedParts orphanedParts,
    IEntropySource entropy,
    TimeProvider timeProvider)
{
    private const int KeyIdLength = 16;

    /// <param name="index">The index of the part in the key.</param>
    /// <param name="length">The length of the part in bytes.</param>
    /// <param name="isLast">Whether the part ends with <see cref="SessionKey.LastByte"/>.</param>
    /// <param name="servers">The servers of the session.</param>
    /// <param name="coinStart">The same for all parts of a session, so that they are posted under the same coin if it is free.</param>
    /// <param name="progress">Reports each step.</param>
    /// <param name="scope">The deadline.</param>
    public async Task<PostedPart> PostAsync(
        int index, int length, bool isLast, ServerSelection servers, uint coinStart, SessionProgress progress, CallScope scope)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(scope.Cancellation);
        var inner = scope with { Cancellation = stop.Token };
        var tried = new HashSet<ServerId>();
        var running = new Dictionary<Task, PostedPart>();
        (ServerId Server, string Reason)? replaced = null;
        RpcException? failure = null;
        try
        {
            while (true)
            {
                var slow = Task.Delay(Timeout.InfiniteTimeSpan, timeProvider, stop.Token);
                var server = IsDeadlineOver(scope) ? null : servers.Next(tried);
                if (server is { } next)
                {
                    if (replaced is { } old)
                    {
                        progress.Replaced(index, old.Server, old.Reason);
                    }

                    progress.Sent(index, next);
                    tried.Add(next);
                    var part = CreatePart(index, next, length, isLast);
                    running.Add(postKey.RunForSessionAsync(part.ToRequest(), coinStart, inner), part);
                    slow = Task.Delay(ranking.FailoverDelay(next), timeProvider, stop.Token);
                    replaced = (next, "");
                }
                else if (running.Count == 0)
                {
                    throw servers.FindExhaustion()?.ToException() ?? failure ?? AllServersFailed().ToException();
                }

                var task = await Task.WhenAny([slow, .. running.Keys]);
                scope.Cancellation.ThrowIfCancellationRequested();
                if (!running.Remove(task, out var ended))
                {
                    continue;
                }

                try
                {
                    ended.Response = await (Task<PostKeyResponse>)task;
                    progress.Posted(index, ended.Server, ended.Response.Server);
                    return ended;
                }
                catch (RpcException exception)
                {
                    failure = exception;
                    servers.Exclude(ended.Server, CallFailure.Of(exception));
                    replaced = (ended.Server, CallFailure.ReasonOf(exception));
                    orphanedParts.Add(ended);
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var (post, part) in running)
            {
                orphanedParts.AddWhenEnded((Task<PostKeyResponse>)post, part);
            }
        }
    }

    private bool IsDeadlineOver(CallScope scope) => MonotonicTime.Now(timeProvider) >= scope.Deadline;

    private PostedPart CreatePart(int index, ServerId server, int length, bool isLast)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        entropy.Fill(bytes);
        if (isLast)
        {
            bytes[^1] = SessionKey.LastByte;
        }

        Span<byte> keyId = stackalloc byte[KeyIdLength];
        entropy.Fill(keyId);
        return new(index, server, bytes, ByteString.CopyFrom(keyId));
    }

    private static CallFailure AllServersFailed() => new(
        StatusCode.Unavailable, Reason.NoCommonServer, "All key servers that both sides can use have failed.");
}
