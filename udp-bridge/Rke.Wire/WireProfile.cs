namespace Rke.Wire;

/// <summary>The protocol's two dialects (docs/WIRE.md §1). Every network of key servers speaks one.</summary>
public enum WireProfile
{
    /// <summary>The documented protocol: trailer <c>E3 E3</c>, success is status 1.</summary>
    Rke,

    /// <summary>The dialect of the deployed server: trailer <c>3E 3E</c>, success is status 250.</summary>
    Raidax,
}
