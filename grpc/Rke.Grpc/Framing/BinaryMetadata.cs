using System.Buffers.Text;
using Grpc.Core;

namespace Rke.Grpc.Framing;

/// <summary>
/// Values of <c>-bin</c> headers (PROTOCOL-HTTP2, Binary-Header): base64, sent without padding, read with or without.
/// </summary>
internal static class BinaryMetadata
{
    public static bool IsBinary(string key) =>
        key.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase);

    public static string Encode(Metadata.Entry entry) => Convert.ToBase64String(entry.BytesWithoutCopy).TrimEnd('=');

    /// <summary>Adds every value of one header line, which may be several joined by commas.</summary>
    public static bool TryAdd(Metadata metadata, string key, string line)
    {
        foreach (var range in line.AsSpan().Split(','))
        {
            if (!TryDecode(line.AsSpan(range).Trim(), out var bytes))
            {
                return false;
            }

            metadata.Add(key, bytes);
        }

        return true;
    }

    private static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        text = text.TrimEnd('=');
        bytes = [];
        if (text.Length % 4 == 1 || text.ContainsAny(" \t\r\n"))
        {
            return false;
        }

        var padded = string.Concat(text, "===".AsSpan(0, (4 - (text.Length % 4)) % 4));
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(padded.Length)];
        if (!Convert.TryFromBase64String(padded, decoded, out var length))
        {
            return false;
        }

        bytes = decoded.AsSpan(0, length).ToArray();
        return true;
    }
}
