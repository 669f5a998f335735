using Rke.Fuzz.Driving;
using Rke.Fuzz.Planted;

namespace Rke.Fuzz.Targets;

/// <summary>
/// Targets with a fault, one of each kind. They prove that the driver finds faults. <c>tests/run</c> runs them, but they are not in
/// the list of targets.
/// </summary>
internal sealed class PlantedFault(string name, Action<int> fault) : FuzzTarget(name)
{
    private const int Loops = int.MaxValue;

    // The results are static, so that the compiler cannot remove the work.
    private static volatile int _sink;

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new PlantedFault("planted-exception", _ => throw new InvalidOperationException("This fault is planted.")),
        new PlantedFault("planted-property", _ => throw new PropertyViolation("This property is planted.")),
        new PlantedFault("planted-memory", length => _sink = new byte[(1 << 20) + length].Length),
        new PlantedFault("planted-slowness", _ => Spin(50_000_000)),
        new PlantedFault("planted-hang", _ =>
        {
            while (true)
            {
                Spin(Loops);
            }
        }),
        new PlantedFault("planted-crash", length => _sink = Descend(length)),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (PlantedParser.ReachesFault(input))
        {
            fault(input.Length);
        }
    }

    private static void Spin(int loops)
    {
        for (var loop = 0; loop < loops; loop++)
        {
            _sink = loop;
        }
    }

    // A stack overflow, which ends the process.
    private static int Descend(int depth) => Descend(depth + 1) + _sink;
}
