using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// The transport EXCHANGE of InitiateSession: Exchange Keys instead of a Signal. A session with a receiver that has a key of an earlier
/// exchange with the same caller needs no new parts.
/// </summary>
internal sealed class KeyExchange(ExchangeCall exchange, ResumableKeys keys)
{
    /// <summary>Resumes a session. Null if one of the peers has no key any more.</summary>
    public async Task<InitiateSessionResponse?> TryResumeAsync(SessionPlan plan, SessionProgress progress, CallScope scope)
    {
        var name = NameOf(plan, scope);
        using var kept = await keys.FindAsync(name, scope.Cancellation);
        if (kept is null)
        {
            return null;
        }

        // The policy may have changed since the first session.
        foreach (var part in kept.Session.Parts)
        {
            scope.Permit.Require((ushort)part.Network, coin: null);
        }

        var cacheableId = CacheableKeyId.Read(kept.Session.SessionId.Span);
        progress.Signalled(0);
        var result = await exchange.RunAsync(plan.Target, cacheableId, [], scope);
        if (!result.IsResumed)
        {
            keys.Remove(name);
            return null;
        }

        var (id, key) = SessionKey.Resume(kept.Key, cacheableId, result.Challenge);
        progress.Used(new() { Endpoint = result.EndPoint.ToMessage() });
        return new()
        {
            SessionId = SessionIds.OfText(id),
            Key = UnsafeByteOperations.UnsafeWrap(key),
            DerivedKey = UnsafeByteOperations.UnsafeWrap(SessionKey.Derive(key, [])),
            Endpoint = result.EndPoint.ToMessage(),
            Duration = Duration.FromTimeSpan(progress.Elapsed),
            Resumed = true,
        };
    }

    /// <summary>Sends the parts to the receiver.</summary>
    public async Task<(SignalResponse Response, CacheableKeyId CacheableId)> SendAsync(
        SessionPlan plan, PostedPart[] parts, CallScope scope)
    {
        var cacheableId = exchange.CreateId();
        var result = await exchange.RunAsync(plan.Target, cacheableId, [.. parts.Select(part => part.ToSlot())], scope);
        var response = new SignalResponse { Endpoint = result.EndPoint.ToMessage() };
        response.UsedParts.AddRange(
            Enumerable.Range(0, parts.Length).Where(index => (result.Used & (1 << index)) != 0).Select(index => (uint)index));
        return (response, cacheableId);
    }

    /// <summary>Keeps the key of a session, so that the next one with this receiver can be resumed.</summary>
    public Task KeepAsync(SessionPlan plan, CacheableKeyId cacheableId, InitiateSessionResponse response, CallScope scope)
    {
        var bytes = new byte[CacheableKeyId.Length];
        cacheableId.CopyTo(bytes);
        var session = new Session { SessionId = UnsafeByteOperations.UnsafeWrap(bytes) };
        session.Parts.AddRange(response.Parts.Select(part => part.Network).Distinct().Select(network => new SessionPart { Network = network }));
        return keys.AddAsync(NameOf(plan, scope), session, response.Key.Memory, scope.Cancellation);
    }

    // Another caller must not get a key that this caller could compute.
    private static string NameOf(SessionPlan plan, CallScope scope)
    {
        var caller = Convert.ToHexStringLower(SHA256.HashData(
            Encoding.UTF8.GetBytes(scope.Caller.IsKnown ? $"={scope.Caller.Name}" : "")));
        var receiver = plan.Target.TargetCase == SignalRequest.TargetOneofCase.Domain
            ? $"domain:{plan.Target.Domain}"
            : $"endpoint:{plan.Target.Endpoint.Host}:{plan.Target.Endpoint.Port}";
        return ResumableKeys.NameOfOutgoing(caller, receiver);
    }
}
