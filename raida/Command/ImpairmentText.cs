using System.Globalization;
using Rke.Raida.Impairments;

namespace Rke.Raida.Command;

/// <summary>An impairment on the command line, of the form of <see cref="Form"/>.</summary>
internal static class ImpairmentText
{
    public const string Form = "drop=0.3,duplicate=0.1,reorder=0.1,delay=20ms,jitter=5ms";

    public static bool TryParse(string text, out Impairment impairment)
    {
        impairment = Impairment.None;
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
}
