using System.Runtime.CompilerServices;

namespace Rke.Raida.Keys;

/// <summary>Room for the longest key part, inside its record.</summary>
[InlineArray(Length)]
internal struct KeyPartBytes
{
    public const int Length = 40;

    private byte _first;
}
