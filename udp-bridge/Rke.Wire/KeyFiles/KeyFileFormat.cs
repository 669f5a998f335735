namespace Rke.Wire;

/// <summary>Byte 0 of a RAIDA key file.</summary>
public enum KeyFileFormat : byte
{
    /// <summary>All 25 authenticity numbers of every coin stand in the file.</summary>
    Nine = 9,

    /// <summary>The authenticity numbers are derived from a seed of 11 bytes a coin.</summary>
    A = 10,
}
