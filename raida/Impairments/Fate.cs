namespace Rke.Raida.Impairments;

/// <summary>What becomes of one datagram.</summary>
internal readonly record struct Fate(bool Dropped, bool Duplicated, bool Overtaken, TimeSpan Delay);
