using Microsoft.Extensions.Time.Testing;

namespace Rke.Testing;

/// <summary>What tests need of a fake clock beyond FakeTimeProvider.</summary>
public static class FakeTime
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Moves the clock in steps of a millisecond, so that each timer on the way runs at its own time.
    /// FakeTimeProvider.Advance runs them all at the end, and a timer that starts itself again runs too seldom.
    /// </summary>
    public static void AdvanceInSteps(this FakeTimeProvider time, TimeSpan by)
    {
        for (; by > Step; by -= Step)
        {
            time.Advance(Step);
        }

        time.Advance(by);
    }
}
