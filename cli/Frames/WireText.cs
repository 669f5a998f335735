using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>Formats the values of fields as text.</summary>
internal static class WireText
{
    public static string Of(WireProfile profile) => profile == WireProfile.Rke ? "rke" : "raidax";

    /// <summary>The name of the command in vectors, such as "post_key".</summary>
    public static string Of(WireCommand command) => command switch
    {
        WireCommand.Echo => "echo",
        WireCommand.PostKey => "post_key",
        WireCommand.GetKey => "get_key",
        WireCommand.Signal => "signal",
        WireCommand.ExchangeKeys => "exchange_keys",
        WireCommand.FreeAccount => "free_account",
        WireCommand.PaidAccount => "paid_account",
        _ => "name_lookup",
    };

    /// <summary>Words such as "key not found".</summary>
    public static string Of(WireStatus status) => Words(status.ToString());

    /// <summary>Words such as "trailer wrong".</summary>
    public static string Of(WireError error) => Words(error.ToString());

    public static string Number(byte[] bytes)
    {
        ulong value = 0;
        foreach (var part in bytes)
        {
            value = (value << 8) | part;
        }

        return value.ToString(CultureInfo.InvariantCulture);
    }

    public static string Signed(byte[] bytes) => ((sbyte)bytes[0]).ToString(CultureInfo.InvariantCulture);

    public static string Address(byte[] bytes) => new IPAddress(bytes).ToString();

    /// <summary>A 16-byte address. An IPv4 address is in the last four bytes, after zeros.</summary>
    public static string RightAlignedAddress(byte[] bytes) => bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) >= 0
        ? Address(bytes)
        : BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(12)) switch
        {
            0 => "none",
            1 => "::1",
            _ => Address(bytes[12..]),
        };

    private static string Words(string name)
    {
        var words = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && words.Length > 0)
            {
                words.Append(' ');
            }

            words.Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }
}
