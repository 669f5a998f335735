using System.Globalization;
using Rke.Wire;

namespace Rke.Gateway.Configuration;

/// <summary>
/// Coins in settings and in a policy: a serial number <c>1500</c>, a range <c>1000-1999</c>, or a range of one denomination
/// <c>0/1000-1999</c>.
/// </summary>
internal readonly record struct CoinRange(sbyte? Denomination, uint First, uint Last)
{
    public bool Contains(CoinId coin) =>
        (Denomination is null || Denomination == coin.Denomination) && coin.SerialNumber >= First && coin.SerialNumber <= Last;

    public static bool TryParse(string text, out CoinRange range)
    {
        range = default;
        sbyte? denomination = null;
        var serials = text.AsSpan();
        if (serials.IndexOf('/') is >= 0 and var slash)
        {
            if (!sbyte.TryParse(serials[..slash], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed))
            {
                return false;
            }

            denomination = parsed;
            serials = serials[(slash + 1)..];
        }

        var dash = serials.IndexOf('-');
        var first = dash < 0 ? serials : serials[..dash];
        var last = dash < 0 ? serials : serials[(dash + 1)..];
        if (!uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            || !uint.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            || from > to)
        {
            return false;
        }

        range = new(denomination, from, to);
        return true;
    }
}
