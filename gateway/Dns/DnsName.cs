using System.Diagnostics.CodeAnalysis;

namespace Rke.Gateway.Dns;

/// <summary>
/// A valid, absolute name in lower case without its trailing dot: 1-253 characters, labels of 1-63 letters,
/// digits, '-' and '_' (RFC 1035 §2.3.4, RFC 8552 for '_').
/// </summary>
/// <remarks>
/// Names in other scripts are refused, not converted: the product runs without the tables of Unicode normalization,
/// and a name encoded without them could be somebody else's.
/// </remarks>
internal sealed record DnsName
{
    public const int MaximumLength = 253;
    public const int MaximumLabelLength = 63;

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

        Span<char> lower = stackalloc char[MaximumLength];
        var length = trimmed.ToLowerInvariant(lower);
        name = new DnsName(new string(lower[..length]));
        return true;
    }

    /// <summary>This name below further labels in front, such as <c>_rke._udp</c>.</summary>
    public bool TryPrefix(string labels, [NotNullWhen(true)] out DnsName? name, out DnsNameError error) =>
        TryParse($"{labels}.{Value}", out name, out error);

    /// <summary>Is it <paramref name="ancestor"/> itself or a name below it?</summary>
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

        if (text.Length > MaximumLength)
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

            if (++label > MaximumLabelLength)
            {
                return DnsNameError.LabelTooLong;
            }
        }

        return label == 0 ? DnsNameError.EmptyLabel : DnsNameError.None;
    }
}
