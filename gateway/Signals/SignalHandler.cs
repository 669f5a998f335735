using System.Net;
using Microsoft.Extensions.Options;
using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;
using Rke.Gateway.Sessions;
using Rke.Gateway.Targets;

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

        if (results.TryFind(signal.Fingerprint, out var known))
        {
            meter.CountSignal("repeated");
            return known is null ? default : AnswerWhenDoneAsync(signal, known);
        }

        if (!IsWithinLimits(source))
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

        var checking = IsAnyAllowedAsync(signal, stopping);
        if (checking.IsCompletedSuccessfully && !checking.Result)
        {
            Interlocked.Decrement(ref _inProgress);
            meter.CountSignal("not_allowed");
            return new(AnswerTo(signal, NoneUsed));
        }

        meter.CountSignal("accepted");
        return AnswerWhenDoneAsync(
            signal, results.Start(signal.Fingerprint, () => ProcessAsync(signal, checking, source, stopping)));
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
        ReceivedSignal signal, Task<bool> isAnyAllowed, IPEndPoint source, CancellationToken stopping)
    {
        using var activity = GatewayActivities.StartSignal();
        try
        {
            var result = !await isAnyAllowed ? NoneUsed
                : shared is null ? await CollectAsync()
                : await shared.RunAsync(signal.Fingerprint, CollectAsync, stopping);
            GatewayActivities.Collected(activity, signal.Parts.Count, ushort.PopCount(result?.Used ?? 0));
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

        Task<SignalResult?> CollectAsync() => collector.CollectAsync(signal.Parts, source, stopping);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> AnswerWhenDoneAsync(
        ReceivedSignal signal, Task<SignalResult?> known)
    {
        return await known is { } result ? AnswerTo(signal, result) : default;
    }

    private static ReadOnlyMemory<byte> AnswerTo(ReceivedSignal signal, SignalResult result)
    {
        var answer = new byte[ReceivedSignal.MaxAnswerLength];
        return answer.AsMemory(0, signal.WriteAnswer(result, answer));
    }
}
