using System.Text;

namespace Rke.Gateway.Identity;

/// <summary>
/// The header x-forwarded-client-cert of Envoy. It has one element for each proxy, separated by commas. An element has
/// <c>Key=Value</c> pairs, separated by semicolons; values may be quoted. The last element comes from the proxy that is
/// connected to the gateway, and describes the client certificate that this proxy verified.
/// </summary>
internal static class ForwardedCertificate
{
    public const string Header = "x-forwarded-client-cert";

    private const int MaxLength = 16 << 10;

    /// <summary>Returns false if the header is invalid.</summary>
    /// <param name="identity">Null if the certificate has no identity.</param>
    public static bool TryRead(string text, out CallerIdentity? identity)
    {
        identity = null;
        var uris = new List<string>();
        string? dns = null;
        var position = 0;
        if (text.Length is 0 or > MaxLength)
        {
            return false;
        }

        while (position < text.Length)
        {
            if (!TryReadPair(text, ref position, out var key, out var value, out var isLastOfElement))
            {
                return false;
            }

            if (key.Equals("URI", StringComparison.OrdinalIgnoreCase) && value.Length > 0)
            {
                uris.Add(value);
            }
            else if (key.Equals("DNS", StringComparison.OrdinalIgnoreCase) && value.Length > 0)
            {
                dns ??= value;
            }

            if (isLastOfElement && position < text.Length)
            {
                uris.Clear();
                dns = null;
            }
        }

        var name = CertificateIdentity.NameOf(uris, dns, common: null);
        identity = name is null ? null : new(CallerKind.Forwarded, name);
        return text[^1] is not (',' or ';');
    }

    private static bool TryReadPair(
        string text, ref int position, out string key, out string value, out bool isLastOfElement)
    {
        key = value = "";
        isLastOfElement = false;
        while (position < text.Length && text[position] == ' ')
        {
            position++;
        }

        var equals = text.IndexOf('=', position);
        if (equals <= position)
        {
            return false;
        }

        key = text[position..equals];
        if (key.AsSpan().ContainsAny(",;\" "))
        {
            return false;
        }

        position = equals + 1;
        if (!TryReadValue(text, ref position, out value))
        {
            return false;
        }

        isLastOfElement = position < text.Length && text[position] == ',';
        if (position < text.Length && text[position++] is not (',' or ';'))
        {
            return false;
        }

        return true;
    }

    private static bool TryReadValue(string text, ref int position, out string value)
    {
        if (position == text.Length || text[position] != '"')
        {
            var end = text.AsSpan(position).IndexOfAny(',', ';', '"');
            end = end < 0 ? text.Length : position + end;
            value = text[position..end];
            position = end;
            return end == text.Length || text[end] != '"';
        }

        var quoted = new StringBuilder();
        for (position++; position < text.Length && text[position] != '"'; position++)
        {
            if (text[position] == '\\' && ++position == text.Length)
            {
                break;
            }

            quoted.Append(text[position]);
        }

        value = quoted.ToString();
        return position++ < text.Length;
    }
}
