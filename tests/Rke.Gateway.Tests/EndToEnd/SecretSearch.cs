using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>
/// Searches for pieces of eight bytes of secrets, at each fourth offset, as bytes and in the usual text encodings.
/// </summary>
internal sealed class SecretSearch
{
    private const int Window = 8;
    private const int Step = 4;

    private readonly SearchValues<string> _exact;
    private readonly SearchValues<string> _digits;

    public SecretSearch(IEnumerable<byte[]> secrets)
    {
        var windows = secrets.SelectMany(WindowsOf).ToList();
        _exact = SearchValues.Create([.. windows.SelectMany(ExactForms).Distinct()], StringComparison.Ordinal);
        _digits = SearchValues.Create([.. windows.SelectMany(DigitForms).Distinct()], StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>All encodings of a secret.</summary>
    public static IEnumerable<string> FormsOf(byte[] secret) =>
        WindowsOf(secret).SelectMany(window => ExactForms(window).Concat(DigitForms(window)));

    /// <summary>The first match with its context. Null if there is none.</summary>
    public string? Find(string text)
    {
        var places = new[] { text.AsSpan().IndexOfAny(_exact), text.AsSpan().IndexOfAny(_digits) };
        var at = places.Where(place => place >= 0).DefaultIfEmpty(-1).Min();
        return at < 0 ? null : text[Math.Max(0, at - 100)..Math.Min(text.Length, at + 100)];
    }

    private static IEnumerable<byte[]> WindowsOf(byte[] secret)
    {
        for (var start = 0; start + Window <= secret.Length; start += Step)
        {
            yield return secret[start..(start + Window)];
        }
    }

    private static IEnumerable<string> ExactForms(byte[] window)
    {
        yield return Encoding.Latin1.GetString(window);
        foreach (var separator in (string[])[",", ", ", " "])
        {
            yield return string.Join(separator, window);
        }

        // Base64 of a longer text: the piece starts at one of three offsets, and the adjacent bytes change the outer letters.
        for (var before = 0; before < 3; before++)
        {
            var first = ((before * 8) + 5) / 6;
            var end = (before + Window) * 8 / 6;
            byte[] padded = [.. new byte[before], .. window];
            yield return Convert.ToBase64String(padded)[first..end];
            yield return Base64Url.EncodeToString(padded)[first..end];
        }
    }

    private static IEnumerable<string> DigitForms(byte[] window)
    {
        var pairs = window.Select(each => $"{each:x2}").ToArray();
        foreach (var separator in (string[])["", "-", " ", ":", "\\x", ", 0x", ",0x"])
        {
            yield return string.Join(separator, pairs);
        }
    }
}
