using System.Net;
using Microsoft.Extensions.Options;
using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;
using Rke.Gateway.Sessions;
using Rke.Gateway.Targets;
using Rke.Wire;

namespace Rke.Gateway.Signals;

/// <summary>
/// Handles a datagram of the listener (docs/SESSIONS.md). The result is no answer, a refusal, a kept result, or the
/// collection of the parts, within the limits of <c>Rke:Signal</c>. A Signal without a usable part uses no memory after its answer.
/// </summary>
internal sealed class SignalHandler(
    IOptionsMonitor<SignalOptions> options,
    SourceRateLimit sourceLimit,
    SignalResults results,
    GetKeyTargetFinder targets,
    PartCollector collector,
    SessionMeter meter,
    LimiterMeter limiterMeter,
    ILogger<SignalHandler> logger,
    RedisSignalResults? shared = null)
{
    private static readonly SignalResult NoneUsed = new(0, TimeSpan.Zero);

    private int _inProgress;

    /// <summary>The answer, which is never longer than the datagram. Empty if there is no answer.</summary>
    public ValueTask<ReadOnlyMemory<byte>> AnswerAsync(
        ReadOnlySpan<byte> datagram, IPEndPoint source, CancellationToken stopping)
    {
        if (!ReceivedSignal.TryRead(datagram, out var signal, out _))
        {
            return new(Refuse(datagram, source));
        }

        var taking = TakeAsync(
            new(
                signal.Fingerprint,
                () => [.. signal.Parts.Select(NamedPart.Of)],
                cancellationToken => IsAnyAllowedAsync(signal, cancellationToken)),
            source,
            stopping);
        return taking.IsCompletedSuccessfully
            ? new(taking.Result is { } result ? AnswerTo(signal, result) : default)
            : AnswerWhenDoneAsync(signal, taking);
    }

    /// <summary>
    /// The result of a Signal or an Exchange Keys: a kept one, or the collection of the parts, within the limits. Null = the gateway cannot
    /// answer now.
    /// </summary>
    public ValueTask<SignalResult?> TakeAsync(NamedParts parts, IPEndPoint source, CancellationToken stopping)
    {
        if (results.TryFind(parts.Fingerprint, out var known))
        {
            meter.CountSignal("repeated");
            return known is null ? default : new(known);
        }

        if (!parts.IsCounted && !IsWithinLimits(source))
        {
            meter.CountSignal("limited");
            return default;
        }

        if (Interlocked.Increment(ref _inProgress) > options.CurrentValue.MaxConcurrent)
        {
            Interlocked.Decrement(ref _inProgress);
            meter.CountSignal("overloaded");
            return default;
        }

        var checking = parts.IsAnyAllowedAsync(stopping);
        if (checking.IsCompletedSuccessfully && !checking.Result)
        {
            Interlocked.Decrement(ref _inProgress);
            meter.CountSignal("not_allowed");
            return new(NoneUsed);
        }

        var result = results.Start(parts.Fingerprint, () => ProcessAsync(parts, checking, source, stopping), out var isStarted);
        if (!isStarted)
        {
            Interlocked.Decrement(ref _inProgress);
        }

        meter.CountSignal(isStarted ? "accepted" : "repeated");
        return result is null ? default : new(result);
    }

    /// <summary>Resumes a session within the limits. Offline if a limit is reached.</summary>
    public async Task<(WireStatus Status, ushort Used)> ResumeAsync(
        IPEndPoint source, Func<Task<(WireStatus Status, ushort Used)>> resume)
    {
        if (!IsWithinLimits(source))
        {
            meter.CountSignal("limited");
            return (WireStatus.Offline, 0);
        }

        var result = await resume();
        if (result.Status != WireStatus.Failed)
        {
            meter.CountSignal(result.Status switch
            {
                WireStatus.KeyResumed => "resumed",
                WireStatus.Offline => "overloaded",
                _ => "repeated",
            });
        }

        return result;
    }

    // Completes at once, unless Rke:Targets:Allow has names that the gateway must look up.
    private async Task<bool> IsAnyAllowedAsync(ReceivedSignal signal, CancellationToken stopping)
    {
        foreach (var part in signal.Parts)
        {
            if (await targets.IsAllowedAsync(part.Server, stopping))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsWithinLimits(IPEndPoint source)
    {
        var isAdmitted = sourceLimit.TryTake(source.Address);
        limiterMeter.OnDecided(SourceRateLimit.Name, isAdmitted ? LimiterMeter.Admitted : LimiterMeter.Refused);
        return isAdmitted;
    }

    private ReadOnlyMemory<byte> Refuse(ReadOnlySpan<byte> datagram, IPEndPoint source)
    {
        meter.CountSignal("refused");
        Span<byte> answer = stackalloc byte[ReceivedSignal.MaxAnswerLength];
        var length = ReceivedSignal.WriteRefusal(datagram, answer);
        return length > 0 && IsWithinLimits(source) ? answer[..length].ToArray() : ReadOnlyMemory<byte>.Empty;
    }

    private async Task<SignalResult?> ProcessAsync(
        NamedParts parts, Task<bool> isAnyAllowed, IPEndPoint source, CancellationToken stopping)
    {
        using var activity = GatewayActivities.StartSignal();
        var named = parts.Name();
        try
        {
            var result = !await isAnyAllowed ? NoneUsed
                : shared is null ? await CollectAsync()
                : await shared.RunAsync(parts.Fingerprint, CollectAsync, stopping);
            GatewayActivities.Collected(activity, named.Count, ushort.PopCount(result?.Used ?? 0));
            return result;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // A failure of one Signal must not stop the listener.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.SignalFailed(logger, exception);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _inProgress);
        }

        Task<SignalResult?> CollectAsync() => collector.CollectAsync(named, new(parts.CacheableId, parts.Fingerprint), source, stopping);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> AnswerWhenDoneAsync(
        ReceivedSignal signal, ValueTask<SignalResult?> known)
    {
        return await known is { } result ? AnswerTo(signal, result) : default;
    }

    private static ReadOnlyMemory<byte> AnswerTo(ReceivedSignal signal, SignalResult result)
    {
        var answer = new byte[ReceivedSignal.MaxAnswerLength];
        return answer.AsMemory(0, signal.WriteAnswer(result, answer));
    }
}

/// <summary>The parts of a Signal or an Exchange Keys.</summary>
/// <param name="Fingerprint">Identifies the request. The same request gets the same result.</param>
/// <param name="Name">Names the parts. Called only for a request that is within the limits.</param>
/// <param name="IsAnyAllowedAsync">Whether the gateway may ask the key server of at least one part.</param>
internal sealed record NamedParts(
    UInt128 Fingerprint, Func<IReadOnlyList<NamedPart>> Name, Func<CancellationToken, Task<bool>> IsAnyAllowedAsync)
{
    /// <summary>The id under which the key is kept for later sessions. A Signal has none.</summary>
    public CacheableKeyId CacheableId { get; init; }

    /// <summary>The limit of the source has counted the request already.</summary>
    public bool IsCounted { get; init; }
}
