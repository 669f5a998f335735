namespace Rke.Wire;

/// <summary>The size of a network. Every network has the key servers 0-24 (docs/WIRE.md §2 and §12).</summary>
public static class RaidaNetwork
{
    /// <summary>The number of key servers in a network.</summary>
    public const int ServerCount = 25;

    /// <summary>The highest RAIDA id. A RAIDA id is the number of a key server in its network.</summary>
    public const byte MaxRaidaId = ServerCount - 1;
}
