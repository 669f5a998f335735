namespace Rke.Gateway.Lookup;

/// <summary>Where an answer comes from.</summary>
internal enum LookupSource
{
    /// <summary>Records of the Internet's DNS.</summary>
    Dns,

    /// <summary>Records that the RAIDA servers hold.</summary>
    Raida,

    /// <summary>No record at all: what holds without any.</summary>
    Default,
}
