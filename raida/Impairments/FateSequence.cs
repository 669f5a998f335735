namespace Rke.Raida.Impairments;

/// <summary>
/// The fates of the datagrams of one direction, one after another: the same seed gives the same fates, whatever the
/// datagrams are. The generator is splitmix64, so that they are the same on every machine and runtime.
/// </summary>
internal sealed class FateSequence(Impairment impairment, ulong seed)
{
    private ulong _state = seed;

    /// <summary>Draws four numbers every time, so that one switch does not shift what another one does.</summary>
    public Fate Next()
    {
        var dropped = Draw() < impairment.Drop;
        var duplicated = Draw() < impairment.Duplicate;
        var overtaken = Draw() < impairment.Reorder;
        return new(dropped, duplicated, overtaken, impairment.Delay + (impairment.Jitter * Draw()));
    }

    private double Draw()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        return (mixed >> 11) * (1.0 / (1ul << 53));
    }
}
