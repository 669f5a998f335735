using System.Globalization;

namespace Rke.Raida.Impairments;

/// <summary>Simulated network faults of the datagrams in one direction. For tests.</summary>
public sealed record Impairment
{
    /// <summary>A network without faults.</summary>
    public static Impairment None { get; } = new();

    /// <summary>The share of datagrams that are lost, 0-1.</summary>
    public double Drop { get; init; }

    /// <summary>The share of datagrams that arrive twice, 0-1.</summary>
    public double Duplicate { get; init; }

    /// <summary>The share of datagrams that arrive after the next one, 0-1.</summary>
    public double Reorder { get; init; }

    /// <summary>The delay of every datagram.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The maximum of a random time that is added to <see cref="Delay"/>.</summary>
    public TimeSpan Jitter { get; init; }

    internal const string Example = "drop=0.3,duplicate=0.1,reorder=0.1,delay=20ms,jitter=5ms";

    internal bool IsNone => this == None;

    /// <summary>The form of the command line, or "none".</summary>
    public override string ToString() => IsNone ? "none" : string.Create(
        CultureInfo.InvariantCulture,
        $"drop={Drop},duplicate={Duplicate},reorder={Reorder},"
        + $"delay={Delay.TotalMilliseconds}ms,jitter={Jitter.TotalMilliseconds}ms");

    /// <summary>Reads the form of <see cref="Example"/>. A missing value is 0.</summary>
    internal static bool TryParse(string text, out Impairment impairment)
    {
        impairment = None;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            var isTime = pair[0] is "delay" or "jitter";
            var number = pair.Length < 2 ? ""
                : !isTime ? pair[1]
                : pair[1].EndsWith("ms") ? pair[1][..^2] : "";
            if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                || value > (isTime ? 60_000 : 1))
            {
                return false;
            }

            switch (pair[0])
            {
                case "drop":
                    impairment = impairment with { Drop = value };
                    break;
                case "duplicate":
                    impairment = impairment with { Duplicate = value };
                    break;
                case "reorder":
                    impairment = impairment with { Reorder = value };
                    break;
                case "delay":
                    impairment = impairment with { Delay = TimeSpan.FromMilliseconds(value) };
                    break;
                case "jitter":
                    impairment = impairment with { Jitter = TimeSpan.FromMilliseconds(value) };
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    internal void Validate(string name)
    {
        if (!IsShare(Drop) || !IsShare(Duplicate) || !IsShare(Reorder)
            || Delay < TimeSpan.Zero || Jitter < TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"{name} must have Drop, Duplicate and Reorder from 0 to 1, and no negative Delay or Jitter.", name);
        }
    }

    private static bool IsShare(double value) => value is >= 0 and <= 1;
}
