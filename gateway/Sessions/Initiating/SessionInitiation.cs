using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Lookup;
using Rke.Gateway.Networks;
using Rke.Gateway.Observability;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.Gateway.Translation;
using Rke.V1;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// Makes a session with a receiver (docs/SESSIONS.md): look up, cut, post all parts at once, signal, join.
/// </summary>
internal sealed class SessionInitiation(
    NetworkDirectory networks,
    HostAddresses hosts,
    CommonServers commonServers,
    ServerRecord record,
    PartPosting posting,
    SignalTargets targets,
    SignalTranslation signal,
    Leftovers leftovers,
    SessionMeter meter,
    KeyAudit audit,
    TimeProvider timeProvider)
{
    // Of the time that is left when posting begins; the rest is for the receiver, who has as much to do.
    private const double PostingShare = 0.5;

    public async Task<InitiateSessionResponse> RunAsync(
        InitiateSessionRequest request, SessionSteps steps, CallScope scope)
    {
        var order = SessionOrder.Parse(request, networks);
        var servers = await LookUpAsync(order, steps, scope);
        var parts = await PostAllAsync(order, servers, steps, scope);
        var isSignalled = false;
        try
        {
            var used = await SignalAsync(order, parts, steps, scope);
            isSignalled = true;
            var response = Join(parts, used, steps);
            steps.Ended(response);
            meter.CountOutgoing("ok");
            audit.SessionHandedOut(scope.Caller, response.SessionId);
            return response;
        }
        finally
        {
            foreach (var part in parts)
            {
                part.Dispose();
                if (!isSignalled)
                {
                    leftovers.Add(part);
                }
            }
        }
    }

    private async Task<IReadOnlyList<ServerNumber>> LookUpAsync(SessionOrder order, SessionSteps steps, CallScope scope)
    {
        var answer = order.Target.TargetCase == SignalRequest.TargetOneofCase.Domain
            ? await hosts.LookupAsync(order.Target.Domain, "domain", scope)
            : null;
        await CheckTargetAsync(order.Target, scope);
        var servers = await commonServers.FindAsync(order, answer, scope);
        steps.LookedUp(answer?.ToResponse(), servers.Count, order.Lengths);
        return record.Arrange(servers, order.Preferences.PreferRaidaIds);
    }

    // A receiver that must not be signalled costs no parts.
    private async Task CheckTargetAsync(SignalRequest target, CallScope scope)
    {
        await foreach (var _ in targets.FindAsync(target, scope))
        {
            return;
        }
    }

    private async Task<PostedPart[]> PostAllAsync(
        SessionOrder order, IReadOnlyList<ServerNumber> servers, SessionSteps steps, CallScope scope)
    {
        var now = timeProvider.GetUtcNow();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(scope.Cancellation);
        var inner = scope with { Deadline = now + ((scope.Deadline - now) * PostingShare), Cancellation = stop.Token };
        var picker = new ServerPicker(servers);
        var last = order.Lengths.Count - 1;
        var posts = order.Lengths
            .Select((length, index) => posting.PostAsync(index, length, index == last, picker, steps, inner))
            .ToArray();
        try
        {
            await foreach (var post in Task.WhenEach(posts))
            {
                await post;
            }

            return await Task.WhenAll(posts);
        }
        catch
        {
            // Without one of its parts the session is nothing: the others are taken back.
            await stop.CancelAsync();
            foreach (var post in posts)
            {
                _ = post.ContinueWith(
                    ended =>
                    {
                        _ = ended.Exception;
                        if (ended.IsCompletedSuccessfully)
                        {
                            leftovers.Add(ended.Result);
                        }
                    },
                    TaskScheduler.Default);
            }

            throw;
        }
    }

    private async Task<SignalResponse> SignalAsync(
        SessionOrder order, PostedPart[] parts, SessionSteps steps, CallScope scope)
    {
        var request = order.Target.Clone();
        request.Parts.AddRange(parts.Select(part => part.ToLocation()));
        steps.Signalled(parts.Length);
        try
        {
            var response = await signal.RunAsync(request, scope);
            steps.Used(response);
            return response;
        }
        catch (RpcException exception) when (CallFailure.ReasonOf(exception) is Reason.RaidaTimeout)
        {
            meter.CountOutgoing("unconfirmed");
            throw Unconfirmed().ToException();
        }
    }

    private InitiateSessionResponse Join(PostedPart[] parts, SignalResponse signalled, SessionSteps steps)
    {
        var used = parts.Select((_, index) => signalled.UsedParts.Contains((uint)index)).ToArray();
        var inKey = parts.Where((_, index) => used[index]).ToArray();
        foreach (var unread in parts.Except(inKey))
        {
            leftovers.Add(unread);
        }

        var length = inKey.Sum(part => part.Bytes.Length);
        if (length < SessionKey.LeastLength)
        {
            meter.CountOutgoing("failed");
            throw Failed(inKey.Length, parts.Length, length).ToException();
        }

        var key = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        var hashes = inKey.SelectMany(part => part.Response!.KeyIdHash).ToArray();
        var offset = 0;
        foreach (var part in inKey)
        {
            part.Bytes.CopyTo(key.AsSpan(offset));
            offset += part.Bytes.Length;
        }

        return new()
        {
            SessionId = SessionKey.IdOf(hashes),
            DerivedKey = UnsafeByteOperations.UnsafeWrap(SessionKey.Derive(key, hashes)),
            Key = UnsafeByteOperations.UnsafeWrap(key),
            Parts = { parts.Select((part, index) => part.ToMessage(used[index])) },
            Endpoint = signalled.Endpoint,
            Duration = Duration.FromTimeSpan(steps.Elapsed),
        };
    }

    private static CallFailure Failed(int used, int parts, int length) => new(
        StatusCode.Aborted,
        Reason.SessionFailed,
        $"The receiver used {used} of {parts} parts, {length} bytes; a session needs {SessionKey.LeastLength}. "
        + "It knows too that the session failed.");

    private static CallFailure Unconfirmed() => new(
        StatusCode.DeadlineExceeded,
        Reason.SessionUnconfirmed,
        "The receiver did not answer the Signal within the deadline. There is no session on this side; the receiver "
        + "may have one that nobody will use.");
}
