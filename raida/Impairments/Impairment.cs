using System.Globalization;

namespace Rke.Raida.Impairments;

/// <summary>What a bad network does to datagrams in one direction: a switch for tests.</summary>
public sealed record Impairment
{
    /// <summary>A network that does nothing.</summary>
    public static Impairment None { get; } = new();

    /// <summary>The share that is lost, 0-1.</summary>
    public double Drop { get; init; }

    /// <summary>The share that arrives twice, 0-1.</summary>
    public double Duplicate { get; init; }

    /// <summary>The share that the next datagram overtakes, 0-1.</summary>
    public double Reorder { get; init; }

    /// <summary>Added to every datagram's way.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>A random time up to this is added as well.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The form of the command line; "none" when nothing happens.</summary>
    public override string ToString() => IsNone ? "none" : string.Create(
        CultureInfo.InvariantCulture,
        $"drop={Drop},duplicate={Duplicate},reorder={Reorder},"
        + $"delay={Delay.TotalMilliseconds}ms,jitter={Jitter.TotalMilliseconds}ms");

    internal bool IsNone => this == None;

    internal void Validate(string name)
    {
        if (!IsShare(Drop) || !IsShare(Duplicate) || !IsShare(Reorder)
            || Delay < TimeSpan.Zero || Jitter < TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"{name}: Drop, Duplicate and Reorder must be 0 to 1, Delay and Jitter not negative.", name);
        }
    }

    private static bool IsShare(double value) => value is >= 0 and <= 1;
}
