using Rke.Fuzz.Driving;
using Rke.Fuzz.Planted;

namespace Rke.Fuzz.Targets;

/// <summary>
/// Targets with a fault, one of each kind. They prove that the driver finds faults. <c>tests/run</c> runs them, but they are not in
/// the list of targets.
/// </summary>
internal sealed class PlantedFault(string name, Action<int> fault) : FuzzTarget(name)
{
    // Longer than the time limit of an execution.
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(30);

    // The results are static, so that the compiler cannot remove the work.
    private static volatile int _sink;

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new PlantedFault("planted-exception", _ => throw new InvalidOperationException("This fault is planted.")),
        new PlantedFault("planted-property", _ => throw new PropertyViolation("This property is planted.")),
        new PlantedFault("planted-memory", length => _sink = new byte[(1 << 20) + length].Length),
        new PlantedFault("planted-slowness", _ => Spin(Slow)),
        new PlantedFault("planted-hang", _ =>
        {
            while (true)
            {
                Spin(Slow);
            }
        }),
        new PlantedFault("planted-crash", length => _sink = Descend(length)),
    ];

    public override TimeSpan HangLimit => TimeSpan.FromSeconds(3);

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (PlantedParser.ReachesFault(input))
        {
            fault(input.Length);
        }
    }

    private static void Spin(TimeSpan time)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < time)
        {
            _sink++;
        }
    }

    // A stack overflow, which ends the process.
    private static int Descend(int depth) => Descend(depth + 1) + _sink;
}
