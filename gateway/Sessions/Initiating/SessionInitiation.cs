using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Gateway.Targets;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// Initiates a session with a receiver (docs/SESSIONS.md): looks up the receiver, splits the key, posts all parts in parallel,
/// sends the Signal, and combines the parts that the receiver used.
/// </summary>
internal sealed class SessionInitiation(
    NetworkDirectory networks,
    CoinStore coins,
    HostAddresses hosts,
    CommonServers commonServers,
    ServerRanking ranking,
    PartFailover posting,
    SignalTargetFinder targets,
    SignalCall signal,
    KeyExchange keyExchange,
    OrphanedParts orphanedParts,
    SessionMeter meter,
    TimeProvider timeProvider)
{
    // The share of the remaining time that posting may take. The receiver needs the same time to collect the parts.
    private const double PostingShare = 0.5;

    public async Task<InitiateSessionResponse> RunAsync(
        InitiateSessionRequest request, SessionProgress progress, CallScope scope)
    {
        var plan = SessionPlan.Parse(request, networks);
        if (plan.IsExchange && await ResumeAsync(plan, request.DeriveLabels, progress, scope) is { } resumed)
        {
            return resumed;
        }

        var servers = await LookUpAsync(plan, progress, scope);
        var parts = await PostAllAsync(plan, servers, progress, scope);
        var isSignalled = false;
        try
        {
            var (used, cacheableId) = await SignalAsync(plan, parts, progress, scope);
            isSignalled = true;
            var response = Join(parts, used, progress);
            if (plan.IsExchange)
            {
                await keyExchange.KeepAsync(plan, cacheableId, response, scope);
            }

            response.LabelKeys.AddRange(SessionKey.Derive(
                response.Key.Span, [.. response.Parts.Where(part => part.Used).SelectMany(part => part.KeyIdHash)], request.DeriveLabels));
            meter.CountOutgoing("ok");
            return response;
        }
        finally
        {
            foreach (var part in parts)
            {
                part.Dispose();
                if (!isSignalled)
                {
                    orphanedParts.Add(part);
                }
            }
        }
    }

    private async Task<InitiateSessionResponse?> ResumeAsync(
        SessionPlan plan, IReadOnlyList<string> labels, SessionProgress progress, CallScope scope)
    {
        try
        {
            if (await keyExchange.TryResumeAsync(plan, progress, scope) is not { } response)
            {
                return null;
            }

            response.LabelKeys.AddRange(SessionKey.Derive(response.Key.Span, [], labels));
            meter.CountOutgoing("resumed");
            return response;
        }
        catch (RpcException exception) when (CallFailure.ReasonOf(exception) is Reason.RaidaTimeout)
        {
            meter.CountOutgoing("unconfirmed");
            throw (Unconfirmed() with { Signal = CallFailure.Of(exception)?.Signal }).ToException();
        }
    }

    private async Task<IReadOnlyList<ServerId>> LookUpAsync(SessionPlan plan, SessionProgress progress, CallScope scope)
    {
        var answer = plan.Target.TargetCase == SignalRequest.TargetOneofCase.Domain
            ? await hosts.LookupAsync(plan.Target.Domain, "domain", scope)
            : null;
        await CheckTargetAsync(plan.Target, scope);
        var servers = await commonServers.FindAsync(plan, answer, scope);
        progress.LookedUp(answer?.ToResponse(), servers.Count, plan.Lengths);
        return ranking.Rank(servers, plan.Preferences.PreferRaidaIds);
    }

    // Checks the target before posting: a forbidden receiver must not cost parts.
    private async Task CheckTargetAsync(SignalRequest target, CallScope scope)
    {
        await foreach (var _ in targets.FindAsync(target, scope))
        {
            return;
        }
    }

    private async Task<PostedPart[]> PostAllAsync(
        SessionPlan plan, IReadOnlyList<ServerId> servers, SessionProgress progress, CallScope scope)
    {
        var now = MonotonicTime.Now(timeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(scope.Cancellation);
        var inner = scope with { Deadline = now + ((scope.Deadline - now) * PostingShare), Cancellation = stop.Token };
        var selection = new ServerSelection(servers);
        var last = plan.Lengths.Count - 1;
        var coinStart = (uint)coins.RotateStart(int.MaxValue);
        var posts = plan.Lengths
            .Select((length, index) => posting.PostAsync(index, length, index == last, selection, coinStart, progress, inner))
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
            // Without one of its parts the session fails, so the other parts are orphaned.
            await stop.CancelAsync();
            foreach (var post in posts)
            {
                _ = post.ContinueWith(
                    ended =>
                    {
                        _ = ended.Exception;
                        if (ended.IsCompletedSuccessfully)
                        {
                            orphanedParts.Add(ended.Result);
                        }
                    },
                    TaskScheduler.Default);
            }

            throw;
        }
    }

    private async Task<(SignalResponse Used, CacheableKeyId CacheableId)> SignalAsync(
        SessionPlan plan, PostedPart[] parts, SessionProgress progress, CallScope scope)
    {
        progress.Signalled(parts.Length);
        try
        {
            if (plan.IsExchange)
            {
                var exchanged = await keyExchange.SendAsync(plan, parts, scope);
                progress.Used(exchanged.Response);
                return exchanged;
            }

            var request = plan.Target.Clone();
            request.Parts.AddRange(parts.Select(part => part.ToLocation()));
            var response = await signal.RunAsync(request, scope);
            progress.Used(response);
            return (response, default);
        }
        catch (RpcException exception) when (CallFailure.ReasonOf(exception) is Reason.RaidaTimeout)
        {
            meter.CountOutgoing("unconfirmed");
            throw (Unconfirmed() with { Signal = CallFailure.Of(exception)?.Signal }).ToException();
        }
    }

    private InitiateSessionResponse Join(PostedPart[] parts, SignalResponse signalled, SessionProgress progress)
    {
        var used = parts.Select((_, index) => signalled.UsedParts.Contains((uint)index)).ToArray();
        var inKey = parts.Where((_, index) => used[index]).ToArray();
        foreach (var unread in parts.Except(inKey))
        {
            orphanedParts.Add(unread);
        }

        var length = inKey.Sum(part => part.Bytes.Length);
        if (length < SessionKey.MinLength)
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
            SessionId = SessionIds.OfText(SessionKey.IdOf(hashes)),
            DerivedKey = UnsafeByteOperations.UnsafeWrap(SessionKey.Derive(key, hashes)),
            Key = UnsafeByteOperations.UnsafeWrap(key),
            Parts = { parts.Select((part, index) => part.ToMessage(used[index])) },
            Endpoint = signalled.Endpoint,
            Duration = Duration.FromTimeSpan(progress.Elapsed),
        };
    }

    private static CallFailure Failed(int used, int parts, int length) => new(
        StatusCode.Aborted,
        Reason.SessionFailed,
        $"The receiver used {used} of {parts} parts with {length} bytes. A session needs {SessionKey.MinLength} bytes. "
        + "The session failed on both sides. Initiate a new session.");

    private static CallFailure Unconfirmed() => new(
        StatusCode.DeadlineExceeded,
        Reason.SessionUnconfirmed,
        "The receiver did not answer the Signal within the deadline. This side has no session. The receiver may have one, which "
        + "expires. Initiate a new session.");
}
