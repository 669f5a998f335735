namespace Rke.Wire;

/// <summary>What a name lookup asks for (docs/WIRE.md §5).</summary>
public enum NameRecordType : byte
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>An IPv4 address and a port.</summary>
    Srv = 2,

    /// <summary>Text; known to the rke profile alone.</summary>
    Txt = 3,
}
