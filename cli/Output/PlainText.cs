using System.Text;

namespace Rke.Cli;

/// <summary>Text from outside on its way to a terminal.</summary>
internal static class PlainText
{
    /// <summary>Without control characters, which could command the terminal.</summary>
    public static string Of(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            plain.Append(char.IsControl(letter) ? '\uFFFD' : letter);
        }

        return plain.ToString();
    }
}
