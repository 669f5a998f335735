namespace Rke.Gateway.Dns;

/// <summary>Why a text is not a host or domain name.</summary>
internal enum DnsNameError
{
    None,
    Empty,
    TooLong,
    EmptyLabel,
    LabelTooLong,
    Character,
    NotAscii,
}

internal static class DnsNameErrorText
{
    public static string Describe(this DnsNameError error) => error switch
    {
        DnsNameError.None => "the name is valid",
        DnsNameError.Empty => "the name is empty",
        DnsNameError.TooLong => "the name has more than 253 characters",
        DnsNameError.EmptyLabel => "the name has an empty label (two dots in a row, or a dot in front)",
        DnsNameError.LabelTooLong => "a label of the name has more than 63 characters",
        DnsNameError.Character => "the name has a character other than letters, digits, '-', '_' and '.'",
        DnsNameError.NotAscii => "the name is not ASCII: write it in its encoded form (xn--...)",
        _ => error.ToString(),
    };
}
