namespace Rke.Gateway.State;

/// <summary>One key server: its network's coin id and its RAIDA id, 0-24. Coins are used per server.</summary>
internal readonly record struct ServerNumber(ushort Network, byte RaidaId)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Network}/{RaidaId}";
}
