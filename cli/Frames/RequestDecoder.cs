using System.Globalization;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>Decodes a request datagram (docs/WIRE.md §2 and §3).</summary>
internal static class RequestDecoder
{
    private const int BodyOffset = RequestHeader.Length;
    private const int PayloadOffset = BodyOffset + Challenge.Length;

    /// <param name="cipher">Null without the coin's authenticity number.</param>
    public static DecodedFrame Decode(WireProfile profile, byte[] frame, CoinCipher? cipher, bool showSecrets)
    {
        var problems = new List<string>();
        var command = FindCommand(profile, frame);
        var isEncrypted = frame.Length > 16 && frame[16] == 1;
        var isReadable = RequestFrame.TryRead(profile, frame, out var request, out var error);
        var plain = new byte[frame.Length];
        var isChecked = false;
        if (isReadable && (!isEncrypted || cipher is not null))
        {
            isChecked = request.TryOpen(cipher, plain.AsSpan(BodyOffset), out _, out var payload, out error)
                && IsValidPayload(profile, request.Command, payload, out error);
        }

        var isPlain = !isEncrypted || (isReadable && cipher is not null);
        var shown = Shown(frame, plain, isEncrypted && isPlain);
        var reader = new FieldReader(shown, showSecrets)
        {
            Decrypted = isEncrypted && isPlain ? BodyOffset..(frame.Length - ProfileRules.TrailerLength) : default,
        };
        AddHeader(reader, profile, command, frame);
        AddBody(reader, profile, command, shown, isPlain, isEncrypted);
        if (reader.Problem is not null)
        {
            problems.Add(reader.Problem);
        }

        if (error != WireError.None)
        {
            problems.Add($"A receiver rejects this frame: {WireText.Of(error)}.");
        }

        return new(
            "request",
            WireText.Of(profile),
            command is { } known ? WireText.Of(known) : "unknown command",
            frame.Length,
            reader.Fields)
        {
            Problems = problems,
            Verdict = error != WireError.None
                ? "rejected"
                : isChecked ? "valid" : "valid as far as it can be checked without the authenticity number",
            Advice = isEncrypted && !isPlain && isReadable ? "Give --an-file, --keys or RKECTL_AN to decrypt the body." : null,
        };
    }

    private static WireCommand? FindCommand(WireProfile profile, byte[] frame) => frame.Length < 6 ? null
        : CommandCode.TryFind(profile, new CommandCode(frame[4], frame[5]), out var command) ? command
        : null;

    private static bool IsValidPayload(
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
            WireCommand.ExchangeKeys => ExchangeKeysPayload.TryRead(
                payload, new KeySlot[ExchangeKeysPayload.MaxSlots], out _, out error),
            WireCommand.FreeAccount => FreeAccountPayload.TryRead(payload, out _, out error),
            WireCommand.PaidAccount => PaidAccountPayload.TryRead(payload, out _, out error),
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

    private static void AddHeader(FieldReader reader, WireProfile profile, WireCommand? command, byte[] frame)
    {
        var isEncrypted = frame.Length > 16 && frame[16] == 1;
        var isStrict = profile == WireProfile.Rke;
        var isForReceiver = isStrict && command is { } sent && RequestHeader.IsForReceiver(sent);
        var mustBePlain = command is { } named && !RequestHeader.CanEncrypt(profile, named);
        reader.AddFixed("routing version", [1], "1");
        reader.AddFixed("split id", [0], "0");
        reader.Add(
            "RAIDA id",
            1,
            WireText.Number,
            bytes => bytes[0] > RaidaNetwork.MaxRaidaId
                ? $"must be 0 to {RaidaNetwork.MaxRaidaId}"
                : isForReceiver && bytes[0] != 0 ? "must be 0, because the request goes to a receiver" : null);
        reader.AddFixed("shard id", [0], "0");
        reader.Add("command group", 1, WireText.Number);
        reader.Add(
            "command",
            1,
            bytes => command is { } known ? $"{bytes[0]}, {WireText.Of(known)}" : $"{bytes[0]}",
            _ => command is null ? $"the {WireText.Of(profile)} profile has no such command in this group" : null);
        reader.Add("network", 2, bytes => WireText.Number(bytes) + (bytes is [0, 6] ? ", CloudCoin" : ""));
        var presentation = ProfileRules.Presentation(profile).ToString("x16", CultureInfo.InvariantCulture);
        reader.Add(
            "presentation",
            8,
            _ => isStrict ? "fixed by the profile" : "the server does not read it",
            bytes => !isStrict || HexText.Of(bytes) == presentation ? null : $"must be {presentation}");
        reader.Add(
            "encryption type",
            1,
            bytes => bytes[0] switch { 0 => "none", 1 => "AES-128-CTR, key of the coin", _ => "" },
            bytes => bytes[0] > 1
                ? "must be 00 or 01"
                : mustBePlain && bytes[0] == 1 ? "must be 00 in this command" : null);
        reader.Add("DN", 1, WireText.Signed, CheckZero("without encryption"));
        reader.Add("SN", 4, WireText.Number, CheckZero("without encryption"));
        reader.Add(
            "body length",
            2,
            WireText.Number,
            bytes => WireText.Number(bytes) == (frame.Length - BodyOffset).ToString(CultureInfo.InvariantCulture)
                ? null
                : $"{frame.Length - BodyOffset} bytes follow the header");
        reader.Add("nonce", 6, _ => "", isStrict ? CheckZero("without encryption") : null);
        reader.Add(
            "echo",
            2,
            _ => isEncrypted ? "last bytes of the nonce; the response contains them" : "the response contains it");

        Func<byte[], string?> CheckZero(string when) =>
            bytes => isEncrypted || bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0 ? null : $"must be 0 {when}";
    }

    private static void AddBody(
        FieldReader reader, WireProfile profile, WireCommand? command, byte[] shown, bool isPlain, bool isEncrypted)
    {
        var payload = shown.Length > PayloadOffset + 1
            ? shown.AsSpan(PayloadOffset..^ProfileRules.TrailerLength)
            : default;
        if (!isPlain)
        {
            reader.Add("challenge", Challenge.Length, _ => "encrypted");
            reader.AddRest("payload", ProfileRules.TrailerLength, "encrypted");
        }
        else
        {
            var random = shown.Length >= PayloadOffset ? shown[BodyOffset..PayloadOffset] : [];
            var isMatch = random.Length > 0 && Challenge.TryRead(random, out _);

            // The authenticity number is the plain challenge XOR the signature of the response.
            reader.Add("challenge", Challenge.RandomLength, _ => "random", isSecret: isEncrypted);
            reader.Add(
                "challenge CRC-32",
                4,
                _ => isMatch ? "matches" : "",
                _ => isMatch ? null : isEncrypted ? "does not match: usually a wrong authenticity number" : "does not match",
                isSecret: isEncrypted);
            if (isMatch && command is { } known)
            {
                PayloadDecoder.AddRequest(reader, profile, known, payload);
            }
            else
            {
                reader.AddRest("payload", ProfileRules.TrailerLength, "");
            }
        }

        reader.AddFixed("trailer", profile == WireProfile.Rke ? [0xE3, 0xE3] : [0x3E, 0x3E], "never encrypted");
    }
}
