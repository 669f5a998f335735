using Microsoft.Extensions.Time.Testing;

namespace Rke.Testing;

/// <summary>Additions to FakeTimeProvider.</summary>
public static class FakeTime
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Advances the clock in steps of a millisecond, so that each timer runs at its time.
    /// FakeTimeProvider.Advance runs all timers at the end, so a timer that restarts itself runs too seldom.
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
