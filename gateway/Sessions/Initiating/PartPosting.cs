using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.Gateway.Translation;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// Leaves one part of a session on some key server. A server that fails is replaced at once; one that is slow, by what
/// is known of it, gets company, and the first to answer has the part. Every server is given other random bytes, so
/// that only the one that counts knows anything of the key.
/// </summary>
internal sealed class PartPosting(
    PostKeyTranslation postKey,
    ServerRecord record,
    Leftovers leftovers,
    IEntropySource entropy,
    TimeProvider timeProvider)
{
    private const int KeyIdLength = 16;

    /// <param name="index">The part's place in the key.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="isLast">Whether it ends with the mark.</param>
    /// <param name="picker">The session's servers.</param>
    /// <param name="steps">Told of each step.</param>
    /// <param name="scope">How long it may take.</param>
    public async Task<PostedPart> PostAsync(
        int index, int length, bool isLast, ServerPicker picker, SessionSteps steps, CallScope scope)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(scope.Cancellation);
        var inner = scope with { Cancellation = stop.Token };
        var tried = new HashSet<ServerNumber>();
        var running = new Dictionary<Task, PostedPart>();
        (ServerNumber Server, string Reason)? replaced = null;
        RpcException? failure = null;
        try
        {
            while (true)
            {
                var slow = Task.Delay(Timeout.InfiniteTimeSpan, timeProvider, stop.Token);
                var server = IsLate(scope) ? null : picker.Take(tried);
                if (server is { } next)
                {
                    if (replaced is { } old)
                    {
                        steps.Replaced(index, old.Server, old.Reason);
                    }

                    steps.Sent(index, next);
                    tried.Add(next);
                    var part = Draw(index, next, length, isLast);
                    running.Add(postKey.RunAsync(part.ToRequest(), inner), part);
                    slow = Task.Delay(record.PatienceWith(next), timeProvider, stop.Token);
                    replaced = (next, "");
                }
                else if (running.Count == 0)
                {
                    throw failure ?? NoServer().ToException();
                }

                var ended = await Task.WhenAny([slow, .. running.Keys]);
                scope.Cancellation.ThrowIfCancellationRequested();
                if (!running.Remove(ended, out var judged))
                {
                    continue;
                }

                try
                {
                    judged.Response = await (Task<PostKeyResponse>)ended;
                    steps.Posted(index, judged.Server, judged.Response.Server);
                    return judged;
                }
                catch (RpcException exception)
                {
                    failure = exception;
                    picker.Fail(judged.Server);
                    replaced = (judged.Server, CallFailure.ReasonOf(exception));
                    leftovers.Add(judged);
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var (task, part) in running)
            {
                leftovers.AddWhenEnded((Task<PostKeyResponse>)task, part);
            }
        }
    }

    private bool IsLate(CallScope scope) => timeProvider.GetUtcNow() >= scope.Deadline;

    private PostedPart Draw(int index, ServerNumber server, int length, bool isLast)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        entropy.Fill(bytes);
        if (isLast)
        {
            bytes[^1] = SessionKey.Mark;
        }

        Span<byte> keyId = stackalloc byte[KeyIdLength];
        entropy.Fill(keyId);
        return new(index, server, bytes, ByteString.CopyFrom(keyId));
    }

    private static CallFailure NoServer() => new(
        StatusCode.Unavailable, Reason.NoCommonServer, "Every key server that both sides can reach has failed.");
}
