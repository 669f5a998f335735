using System.Diagnostics.CodeAnalysis;

namespace Rke.Dns;

/// <summary>
/// A valid, absolute name in lower case without its trailing dot: 1-253 characters, labels of 1-63 letters,
/// digits, '-' and '_' (RFC 1035 §2.3.4, RFC 8552 for '_').
/// </summary>
/// <remarks>
/// Names that are not ASCII are invalid. The product runs without the tables of Unicode normalization, and a conversion without
/// them could result in another name.
/// </remarks>
public sealed record DnsName
{
    public const int MaxLength = 253;
    public const int MaxLabelLength = 63;

    private DnsName(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out DnsName? name, out DnsNameError error)
    {
        name = null;
        var trimmed = text is [.., '.'] ? text[..^1] : text;
        error = Check(trimmed);
        if (error != DnsNameError.None)
        {
            return false;
        }

        Span<char> lower = stackalloc char[MaxLength];
        var length = trimmed.ToLowerInvariant(lower);
        name = new DnsName(new string(lower[..length]));
        return true;
    }

    /// <summary>Adds labels in front of the name, such as <c>_rke._udp</c>.</summary>
    public bool TryPrefix(string labels, [NotNullWhen(true)] out DnsName? name, out DnsNameError error) =>
        TryParse($"{labels}.{Value}", out name, out error);

    /// <summary>Whether the name is <paramref name="ancestor"/> or a subdomain of it.</summary>
    public bool IsAtOrUnder(ReadOnlySpan<char> ancestor) =>
        Value.AsSpan().EndsWith(ancestor, StringComparison.OrdinalIgnoreCase)
        && (Value.Length == ancestor.Length || Value[^(ancestor.Length + 1)] == '.');

    public override string ToString() => Value;

    private static DnsNameError Check(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return DnsNameError.Empty;
        }

        if (text.Length > MaxLength)
        {
            return DnsNameError.TooLong;
        }

        var label = 0;
        foreach (var character in text)
        {
            if (character == '.')
            {
                if (label == 0)
                {
                    return DnsNameError.EmptyLabel;
                }

                label = 0;
                continue;
            }

            if (!char.IsAscii(character))
            {
                return DnsNameError.NotAscii;
            }

            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_'))
            {
                return DnsNameError.Character;
            }

            if (++label > MaxLabelLength)
            {
                return DnsNameError.LabelTooLong;
            }
        }

        return label == 0 ? DnsNameError.EmptyLabel : DnsNameError.None;
    }
}

/// <summary>Why a text is not a valid name.</summary>
public enum DnsNameError
{
    None,
    Empty,
    TooLong,
    EmptyLabel,
    LabelTooLong,
    Character,
    NotAscii,
}

public static class DnsNameErrorText
{
    public static string Describe(this DnsNameError error) => error switch
    {
        DnsNameError.None => "the name is valid",
        DnsNameError.Empty => "the name is empty",
        DnsNameError.TooLong => "the name has more than 253 characters",
        DnsNameError.EmptyLabel => "the name has an empty label (two consecutive dots, or a leading dot)",
        DnsNameError.LabelTooLong => "a label of the name has more than 63 characters",
        DnsNameError.Character => "the name has a character other than letters, digits, '-', '_' and '.'",
        DnsNameError.NotAscii => "the name is not ASCII; write its encoded form (xn--...)",
        _ => error.ToString(),
    };
}
