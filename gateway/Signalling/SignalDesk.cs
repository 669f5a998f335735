using System.Net;
using Rke.Gateway.Observability;
using Rke.Gateway.Reload;
using Rke.Gateway.Sessions;
using Rke.Gateway.Translation;

namespace Rke.Gateway.Signalling;

/// <summary>
/// Decides what becomes of a datagram that came to the listener (docs/SESSIONS.md): silence, a refusal, the answer that
/// was given before, or work, of which there is never more than the bounds allow.
/// </summary>
internal sealed class SignalDesk(
    LiveSettings live,
    SourceLimits limits,
    SignalMemory memory,
    SharedSignals shared,
    PartCollection collection,
    SessionMeter meter,
    LimiterMeter limiterMeter,
    ILogger<SignalDesk> logger)
{
    private int _atWork;

    /// <summary>The answer, never longer than the question; empty = none.</summary>
    public ValueTask<ReadOnlyMemory<byte>> AnswerAsync(
        ReadOnlySpan<byte> datagram, IPEndPoint source, CancellationToken stopping)
    {
        if (!ReceivedSignal.TryRead(datagram, out var signal, out _))
        {
            return new(Refuse(datagram, source));
        }

        if (memory.TryFind(signal.Name, out var known))
        {
            meter.CountSignal("repeated");
            return known is null ? default : AnswerWhenKnownAsync(signal, known);
        }

        if (!IsWithinLimits(source))
        {
            meter.CountSignal("limited");
            return default;
        }

        if (Interlocked.Increment(ref _atWork) > live.Signal.MaxConcurrent)
        {
            Interlocked.Decrement(ref _atWork);
            meter.CountSignal("overloaded");
            return default;
        }

        meter.CountSignal("accepted");
        return AnswerWhenKnownAsync(signal, memory.Start(signal.Name, () => WorkAsync(signal, source, stopping)));
    }

    private bool IsWithinLimits(IPEndPoint source)
    {
        var isAdmitted = limits.TryTake(source.Address);
        limiterMeter.OnDecided(SourceLimits.Name, isAdmitted ? LimiterMeter.Admitted : LimiterMeter.Refused);
        return isAdmitted;
    }

    private ReadOnlyMemory<byte> Refuse(ReadOnlySpan<byte> datagram, IPEndPoint source)
    {
        meter.CountSignal("refused");
        Span<byte> answer = stackalloc byte[ReceivedSignal.AnswerRoom];
        var length = ReceivedSignal.Refuse(datagram, answer);
        return length > 0 && IsWithinLimits(source) ? answer[..length].ToArray() : ReadOnlyMemory<byte>.Empty;
    }

    private async Task<SignalResult?> WorkAsync(ReceivedSignal signal, IPEndPoint source, CancellationToken stopping)
    {
        using var activity = GatewayActivities.StartSignal();
        try
        {
            var result = await shared.RunAsync(
                signal.Name, () => collection.CollectAsync(signal.Parts, source, stopping), stopping);
            GatewayActivities.Collected(activity, signal.Parts.Count, result?.UsedParts.Count ?? 0);
            return result;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // A fault with one Signal must not end the listener.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.SignalFailed(logger, exception);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _atWork);
        }
    }

    private static async ValueTask<ReadOnlyMemory<byte>> AnswerWhenKnownAsync(
        ReceivedSignal signal, Task<SignalResult?> known)
    {
        if (await known is not { } result)
        {
            return default;
        }

        var answer = new byte[ReceivedSignal.AnswerRoom];
        return answer.AsMemory(0, signal.Answer(result.UsedParts, result.Took, answer));
    }
}
