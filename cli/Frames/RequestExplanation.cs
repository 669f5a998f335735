using System.Globalization;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>A request datagram taken apart (docs/WIRE.md §2, §3).</summary>
internal static class RequestExplanation
{
    private const int BodyOffset = RequestHeader.Length;
    private const int PayloadOffset = BodyOffset + Challenge.Length;

    /// <param name="cipher">Null when the coin's authenticity number is not known.</param>
    public static FrameReport Explain(WireProfile profile, byte[] frame, CoinCipher? cipher, bool showSecrets)
    {
        var problems = new List<string>();
        var command = FindCommand(profile, frame);
        var isEncrypted = frame.Length > 16 && frame[16] == 1;
        var taken = RequestFrame.TryRead(profile, frame, out var request, out var error);
        var plain = new byte[frame.Length];
        var isOpen = false;
        if (taken && (!isEncrypted || cipher is not null))
        {
            isOpen = request.TryOpen(cipher, plain.AsSpan(BodyOffset), out _, out var payload, out error)
                && IsRight(profile, request.Command, payload, out error);
        }

        var isPlain = !isEncrypted || (taken && cipher is not null);
        var shown = Shown(frame, plain, isEncrypted && isPlain);
        var list = new FieldList(shown, showSecrets)
        {
            Decrypted = isEncrypted && isPlain ? BodyOffset..(frame.Length - ProfileRules.TrailerLength) : default,
        };
        AddHeader(list, profile, command, frame);
        AddBody(list, profile, command, shown, isPlain, isEncrypted);
        if (list.Problem is not null)
        {
            problems.Add(list.Problem);
        }

        if (error != WireError.None)
        {
            problems.Add($"A receiver refuses it: {WireWords.Of(error)}.");
        }

        return new(
            "request",
            WireWords.Of(profile),
            command is { } known ? WireWords.Of(known) : "unknown command",
            frame.Length,
            list.Fields)
        {
            Problems = problems,
            Verdict = error != WireError.None
                ? "refused"
                : isOpen ? "right" : "right as far as it can be read without the coin's key",
            Advice = isEncrypted && !isPlain && taken ? "Give --an-file, --keys or RKECTL_AN to decrypt it." : null,
        };
    }

    private static WireCommand? FindCommand(WireProfile profile, byte[] frame) => frame.Length < 6 ? null
        : Enum.GetValues<WireCommand>()
            .Where(command => CommandCode.Of(profile, command) == new CommandCode(frame[4], frame[5]))
            .Select(command => (WireCommand?)command)
            .FirstOrDefault();

    private static bool IsRight(
        WireProfile profile, WireCommand command, ReadOnlySpan<byte> payload, out WireError error)
    {
        error = WireError.None;
        return command switch
        {
            WireCommand.PostKey => PostKeyPayload.TryRead(profile, payload, out _, out error),
            WireCommand.GetKey => GetKeyPayload.TryRead(profile, payload, out _, out error),
            WireCommand.Signal => SignalPayload.TryRead(
                payload, new SignalPart[SignalPayload.MaxParts], out _, out error),
            WireCommand.NameLookup => NameLookupPayload.TryRead(profile, payload, out _, out error),
            _ => true,
        };
    }

    private static byte[] Shown(byte[] frame, byte[] plain, bool isDecrypted)
    {
        var shown = (byte[])frame.Clone();
        if (isDecrypted)
        {
            plain.AsSpan(BodyOffset..^ProfileRules.TrailerLength).CopyTo(shown.AsSpan(BodyOffset));
        }

        return shown;
    }

    private static void AddHeader(FieldList list, WireProfile profile, WireCommand? command, byte[] frame)
    {
        var isEncrypted = frame.Length > 16 && frame[16] == 1;
        var isStrict = profile == WireProfile.Rke;
        var isSignal = isStrict && command == WireCommand.Signal;
        list.AddFixed("routing version", [1], "1");
        list.AddFixed("split id", [0], "0");
        list.Add(
            "RAIDA id",
            1,
            WireWords.Number,
            bytes => bytes[0] >= CoinKeys.ServerCount
                ? "must be 0 to 24"
                : isSignal && bytes[0] != 0 ? "must be 0 in a signal" : null);
        list.AddFixed("shard id", [0], "0");
        list.Add("command group", 1, WireWords.Number);
        list.Add(
            "command",
            1,
            bytes => command is { } known ? $"{bytes[0]}, {WireWords.Of(known)}" : $"{bytes[0]}",
            _ => command is null ? $"the {WireWords.Of(profile)} profile knows no such command in this group" : null);
        list.Add("network", 2, bytes => WireWords.Number(bytes) + (bytes is [0, 6] ? ", CloudCoin" : ""));
        var presentation = ProfileRules.Presentation(profile).ToString("x16", CultureInfo.InvariantCulture);
        list.Add(
            "presentation",
            8,
            _ => isStrict ? "fixed by the profile" : "not read by the server",
            bytes => !isStrict || HexText.Of(bytes) == presentation ? null : $"must be {presentation}");
        list.Add(
            "encryption type",
            1,
            bytes => bytes[0] switch { 0 => "none", 1 => "AES-128-CTR under a coin", _ => "" },
            bytes => bytes[0] > 1
                ? "must be 00 or 01"
                : isSignal && bytes[0] == 1 ? "a signal is not encrypted" : null);
        list.Add("DN", 1, WireWords.Signed, CheckZero("without encryption"));
        list.Add("SN", 4, WireWords.Number, CheckZero("without encryption"));
        list.Add(
            "body length",
            2,
            WireWords.Number,
            bytes => WireWords.Number(bytes) == (frame.Length - BodyOffset).ToString(CultureInfo.InvariantCulture)
                ? null
                : $"{frame.Length - BodyOffset} bytes follow the header");
        list.Add("nonce", 6, _ => "", isStrict ? CheckZero("without encryption") : null);
        list.Add(
            "echo",
            2,
            _ => isEncrypted ? "the nonce's last bytes; the response repeats them" : "the response repeats it");

        Func<byte[], string?> CheckZero(string when) =>
            bytes => isEncrypted || bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0 ? null : $"must be 0 {when}";
    }

    private static void AddBody(
        FieldList list, WireProfile profile, WireCommand? command, byte[] shown, bool isPlain, bool isEncrypted)
    {
        var payload = shown.Length > PayloadOffset + 1
            ? shown.AsSpan(PayloadOffset..^ProfileRules.TrailerLength)
            : default;
        if (!isPlain)
        {
            list.Add("challenge", Challenge.Length, _ => "encrypted");
            list.AddRest("payload", ProfileRules.TrailerLength, "encrypted");
        }
        else
        {
            var random = shown.Length >= PayloadOffset ? shown[BodyOffset..PayloadOffset] : [];
            var fits = random.Length > 0 && Challenge.TryRead(random, out _);

            // A plain challenge and its response's signature together would give the authenticity number away.
            list.Add("challenge", Challenge.RandomLength, _ => "random", isSecret: isEncrypted);
            list.Add(
                "challenge CRC-32",
                4,
                _ => fits ? "fits" : "",
                _ => fits ? null : isEncrypted ? "does not fit: usually another authenticity number" : "does not fit",
                isSecret: isEncrypted);
            if (fits && command is { } known)
            {
                PayloadFields.AddRequest(list, profile, known, payload);
            }
            else
            {
                list.AddRest("payload", ProfileRules.TrailerLength, "");
            }
        }

        list.AddFixed("trailer", profile == WireProfile.Rke ? [0xE3, 0xE3] : [0x3E, 0x3E], "never encrypted");
    }
}
