namespace Rke.Model.Tests.Exploration;

/// <summary>One state of a model. A state does not change after it was added to the steps of another state.</summary>
internal interface IWorld<TSelf>
    where TSelf : class, IWorld<TSelf>
{
    /// <summary>Writes everything that distinguishes this state from others.</summary>
    void Write(StateWriter writer);

    /// <summary>Adds all steps that are possible in this state.</summary>
    void AddSteps(List<Step<TSelf>> steps);

    /// <summary>What has not ended in a state without steps; null if all calls have ended.</summary>
    string? Unfinished();
}

/// <summary>A possible step.</summary>
/// <param name="Label">What happens.</param>
/// <param name="Next">The state after the step.</param>
/// <param name="Violation">The property that the step violates; null if none.</param>
internal readonly record struct Step<TWorld>(Label Label, TWorld Next, string? Violation = null);

/// <summary>The text of a step, which is formatted only for a trace.</summary>
internal readonly record struct Label(string Text, int First = 0, int Second = 0, int Third = 0)
{
    public override string ToString() => string.Format(null, Text, First, Second, Third);
}
