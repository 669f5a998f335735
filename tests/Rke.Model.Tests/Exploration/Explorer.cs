namespace Rke.Model.Tests.Exploration;

/// <summary>
/// Visits every reachable state of a model, nearest states first. So the trace to a violation is as short as possible. It proves three
/// things: no step violates a property; no run repeats a state, so every run ends; at the end of every run, all calls have ended.
/// </summary>
internal static class Explorer
{
    public static ExplorationResult Explore<TWorld>(TWorld start, int maxStates = 3_000_000)
        where TWorld : class, IWorld<TWorld>
    {
        var writer = new StateWriter();
        var known = new Dictionary<UInt128, int>();
        var origins = new List<(int From, int Step)>();
        var edges = new List<(int From, int To)>();
        var frontier = new List<(int Number, TWorld World)>();
        var steps = new List<Step<TWorld>>();

        int NumberOf(TWorld world, int from, int step, List<(int, TWorld)> next)
        {
            writer.Clear();
            world.Write(writer);
            var hash = writer.Hash();
            if (!known.TryGetValue(hash, out var number))
            {
                number = origins.Count;
                known.Add(hash, number);
                origins.Add((from, step));
                next.Add((number, world));
            }

            return number;
        }

        ExplorationResult End(string? violation, int number, Label? last, int depth, int ends) =>
            new(origins.Count, edges.Count, depth, ends, violation, violation is null ? [] : TraceOf(start, origins, number, last));

        NumberOf(start, -1, 0, frontier);
        var (depth, ends) = (0, 0);
        for (; frontier.Count > 0; depth++)
        {
            var next = new List<(int, TWorld)>();
            foreach (var (number, world) in frontier)
            {
                steps.Clear();
                world.AddSteps(steps);
                for (var index = 0; index < steps.Count; index++)
                {
                    if (steps[index].Violation is { } violation)
                    {
                        return End(violation, number, steps[index].Label, depth + 1, ends);
                    }

                    edges.Add((number, NumberOf(steps[index].Next, number, index, next)));
                }

                if (steps.Count == 0)
                {
                    ends++;
                    if (world.Unfinished() is { } unfinished)
                    {
                        return End($"The run ends, but {unfinished}.", number, null, depth, ends);
                    }
                }
            }

            if (origins.Count > maxStates)
            {
                throw new InvalidOperationException($"The model has more than {maxStates} states, at a depth of {depth}.");
            }

            frontier = next;
        }

        return FindCycle(origins.Count, edges) is { } inCycle
            ? End("A run can repeat this state forever.", inCycle, null, depth, ends)
            : End(null, 0, null, depth, ends);
    }

    // Removes states without predecessors until none is left. The states that remain are in cycles, or behind one.
    private static int? FindCycle(int states, List<(int From, int To)> edges)
    {
        var predecessors = new int[states];
        var starts = new int[states + 1];
        foreach (var (from, to) in edges)
        {
            predecessors[to]++;
            starts[from + 1]++;
        }

        for (var state = 0; state < states; state++)
        {
            starts[state + 1] += starts[state];
        }

        var (targets, filled) = (new int[edges.Count], starts[..^1]);
        foreach (var (from, to) in edges)
        {
            targets[filled[from]++] = to;
        }

        var free = new Stack<int>(Enumerable.Range(0, states).Where(state => predecessors[state] == 0));
        var removed = 0;
        while (free.TryPop(out var state))
        {
            removed++;
            for (var index = starts[state]; index < starts[state + 1]; index++)
            {
                if (--predecessors[targets[index]] == 0)
                {
                    free.Push(targets[index]);
                }
            }
        }

        return removed == states ? null : Array.FindIndex(predecessors, count => count > 0);
    }

    // Runs the model again along the path.
    private static List<string> TraceOf<TWorld>(TWorld start, List<(int From, int Step)> origins, int number, Label? last)
        where TWorld : class, IWorld<TWorld>
    {
        var path = new Stack<int>();
        for (; number > 0; number = origins[number].From)
        {
            path.Push(origins[number].Step);
        }

        var trace = new List<string>();
        for (var world = start; path.TryPop(out var index);)
        {
            var steps = new List<Step<TWorld>>();
            world.AddSteps(steps);
            trace.Add(steps[index].Label.ToString());
            world = steps[index].Next;
        }

        if (last is { } label)
        {
            trace.Add(label.ToString());
        }

        return trace;
    }
}

/// <summary>The result of an exploration.</summary>
/// <param name="States">The number of different states.</param>
/// <param name="Steps">The number of different steps between them.</param>
/// <param name="Depth">The length of the longest shortest path to a state.</param>
/// <param name="Ends">The number of states without a further step.</param>
/// <param name="Violation">The property that is violated; null if none.</param>
/// <param name="Trace">The steps of a shortest run to the violation.</param>
internal sealed record ExplorationResult(
    int States, int Steps, int Depth, int Ends, string? Violation, IReadOnlyList<string> Trace)
{
    public override string ToString() => Violation is null
        ? $"{States:N0} states, {Steps:N0} steps, depth {Depth}, {Ends:N0} ends: no violation"
        : $"{States:N0} states until a violation: {Violation}{string.Concat(Trace.Select((step, index) => $"\n{index + 1,4}. {step}"))}";
}
