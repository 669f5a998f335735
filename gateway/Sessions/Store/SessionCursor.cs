using System.Buffers;
using System.Globalization;

namespace Rke.Gateway.Sessions.Store;

/// <summary>A place in the order in which sessions arrived. Its text is opaque to callers.</summary>
/// <param name="Life">Which life of the store numbers them; empty = none, before everything.</param>
/// <param name="Number">The last session before it; 0 = none.</param>
internal readonly record struct SessionCursor(string Life, ulong Number)
{
    private const int MostLength = 64;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static readonly SessionCursor Start = new("", 0);

    public static bool TryParse(string text, out SessionCursor cursor)
    {
        cursor = Start;
        if (text.Length == 0)
        {
            return true;
        }

        var dot = text.IndexOf('.');
        if (text.Length > MostLength || dot <= 0
            || text.AsSpan(0, dot).IndexOfAnyExcept(HexDigits) >= 0
            || !ulong.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        cursor = new(text[..dot], number);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Life.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{Life}.{Number}");
}
