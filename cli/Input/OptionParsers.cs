using System.CommandLine.Parsing;
using System.Globalization;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Cli;

/// <summary>Parsers for option values: hex, coins, endpoints, parts and durations.</summary>
internal static class OptionParsers
{
    private static readonly TimeSpan MaxDuration = TimeSpan.FromHours(1);

    /// <summary>Exactly 16 bytes in hex.</summary>
    public static HexValue? Hex16(ArgumentResult result)
    {
        if (HexText.TryParse(result.Tokens[0].Value, out var bytes) && bytes.Length == 16)
        {
            return new(bytes);
        }

        result.AddError($"{Name(result)} must be 32 hexadecimal digits (16 bytes).");
        return null;
    }

    /// <summary>One or more bytes in hex.</summary>
    public static HexValue? Hex(ArgumentResult result)
    {
        if (HexText.TryParse(result.Tokens[0].Value, out var bytes) && bytes.Length > 0)
        {
            return new(bytes);
        }

        result.AddError($"{Name(result)} must be hexadecimal digits, two for each byte.");
        return null;
    }

    /// <summary>A coin as DN/SN.</summary>
    public static Coin? Coin(ArgumentResult result)
    {
        var parts = result.Tokens[0].Value.Split('/');
        if (parts.Length == 2
            && sbyte.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var denomination)
            && uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var serialNumber))
        {
            return new Coin { Denomination = denomination, SerialNumber = serialNumber };
        }

        result.AddError($"{Name(result)} must be a coin as DN/SN, such as 1/1000. DN is -128 to 127, SN is 0 to 4294967295.");
        return null;
    }

    /// <summary>An endpoint as HOST:PORT.</summary>
    public static Endpoint? Endpoint(ArgumentResult result)
    {
        if (TryParseEndpoint(result.Tokens[0].Value, out var endpoint))
        {
            return endpoint;
        }

        result.AddError(
            $"{Name(result)} must be HOST:PORT, such as 192.0.2.1:75, [2001:db8::1]:75 or rke.example.com:75.");
        return null;
    }

    /// <summary>One or more part locations as HASH@HOST:PORT.</summary>
    public static KeyPartLocation[]? Parts(ArgumentResult result)
    {
        var parts = new List<KeyPartLocation>();
        foreach (var token in result.Tokens)
        {
            var at = token.Value.IndexOf('@', StringComparison.Ordinal);
            if (at < 0
                || !HexText.TryParse(token.Value[..at], out var hash)
                || hash.Length != 16
                || !TryParseEndpoint(token.Value[(at + 1)..], out var server))
            {
                result.AddError(
                    $"{Name(result)} '{token.Value}' is not HASH@HOST:PORT. HASH is 32 hexadecimal digits, the hash of the key id. "
                    + "HOST is the server's IP address.");
                return null;
            }

            parts.Add(new KeyPartLocation { KeyIdHash = Google.Protobuf.ByteString.CopyFrom(hash), Server = server });
        }

        return [.. parts];
    }

    /// <summary>A time such as 500ms, 2s, 1m30s or 00:00:05.</summary>
    public static TimeSpan Duration(ArgumentResult result)
    {
        if (TryParseDuration(result.Tokens[0].Value, out var time))
        {
            return time;
        }

        result.AddError($"{Name(result)} must be a time of at most one hour, such as 500ms, 2s or 1m.");
        return default;
    }

    /// <summary>A time of whole seconds, at most a week.</summary>
    public static TimeSpan Seconds(ArgumentResult result)
    {
        if (DurationText.TryParse(result.Tokens[0].Value, out var time)
            && time >= TimeSpan.FromSeconds(1) && time <= TimeSpan.FromDays(7) && time.Ticks % TimeSpan.TicksPerSecond == 0)
        {
            return time;
        }

        result.AddError($"{Name(result)} must be a time from 1s to 7d, such as 5m.");
        return default;
    }

    /// <summary>Parses a time of more than zero and at most one hour.</summary>
    public static bool TryParseDuration(string text, out TimeSpan time) =>
        DurationText.TryParse(text, out time) && time > TimeSpan.Zero && time <= MaxDuration;

    /// <summary>Parses HOST:PORT. An IPv6 address is in brackets.</summary>
    public static bool TryParseEndpoint(string text, out Endpoint endpoint)
    {
        endpoint = new Endpoint();
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port == 0)
        {
            return false;
        }

        var host = text[..colon];
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!isBracketed && host.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        endpoint = new Endpoint { Host = isBracketed ? host[1..^1] : host, Port = port };
        return endpoint.Host.Length > 0;
    }

    private static string Name(ArgumentResult result) =>
        result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
}
