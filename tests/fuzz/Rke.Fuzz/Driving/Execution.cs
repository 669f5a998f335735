namespace Rke.Fuzz.Driving;

/// <summary>Runs a target once, and checks the limits of time and memory.</summary>
internal sealed class Execution(FuzzTarget target)
{
    private const int Repetitions = 10;

    /// <summary>Runs the target. Returns the failure, or null.</summary>
    public Failure? Run(ReadOnlySpan<byte> input)
    {
        var (failure, cost) = Measure(input);
        if (failure is not null || IsWithin(cost, input.Length))
        {
            return failure;
        }

        // Other processes, the garbage collector and the just-in-time compiler cost time too, so the best of several counts.
        var best = cost;
        for (var repetition = 0; repetition < Repetitions && !IsWithin(best, input.Length); repetition++)
        {
            (_, cost) = Measure(input);
            best = new(
                cost.Time < best.Time ? cost.Time : best.Time,
                cost.Allocated < best.Allocated ? cost.Allocated : best.Allocated);
        }

        return best.Time > target.TimeLimit
            ? new("slow", $"An execution takes {best.Time.TotalMilliseconds:F1} ms, more than {target.TimeLimit.TotalMilliseconds} ms.")
            : best.Allocated > target.AllocationLimit(input.Length)
                ? new("memory", $"An execution allocates {best.Allocated} bytes, more than {target.AllocationLimit(input.Length)}.")
                : null;
    }

    private bool IsWithin(Cost cost, int length) =>
        cost.Time <= target.TimeLimit && cost.Allocated <= target.AllocationLimit(length);

    private (Failure? Failure, Cost Cost) Measure(ReadOnlySpan<byte> input)
    {
        Failure? failure = null;
        CoverageMap.Clear();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            target.Run(input);
        }
        catch (PropertyViolation violation)
        {
            failure = new("property", violation.Message);
        }
#pragma warning disable CA1031 // Every exception of the code under test is a finding.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = new("exception", exception.ToString());
        }

        return (failure, new(
            TimeProvider.System.GetElapsedTime(started), GC.GetAllocatedBytesForCurrentThread() - allocated));
    }

    private readonly record struct Cost(TimeSpan Time, long Allocated);
}

/// <summary>Why an execution failed.</summary>
internal sealed record Failure(string Kind, string Reason);
