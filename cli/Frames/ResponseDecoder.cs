using System.Globalization;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>Decodes a response datagram (docs/WIRE.md §4).</summary>
internal static class ResponseDecoder
{
    private const int BodyOffset = ResponseHeader.Length;

    /// <param name="command">The command of the request. Null = detect it.</param>
    /// <param name="requestBytes">The request of this response. Null = not available.</param>
    /// <param name="cipher">Null without the coin's authenticity number.</param>
    public static DecodedFrame Decode(
        WireProfile profile,
        byte[] frame,
        WireCommand? command,
        byte[]? requestBytes,
        CoinCipher? cipher,
        ResponseIv iv,
        bool showSecrets)
    {
        var problems = new List<string>();
        var shown = (byte[])frame.Clone();
        var read = ResponseFrame.TryRead(profile, frame, out var response, out var error);
        var expected = default(ExpectedResponse);
        var verdict = read ? "valid as far as it can be checked without its request" : "ignored";
        var (isPlain, isDecrypted, isSigned) = (false, false, (bool?)null);
        if (requestBytes is not null)
        {
            var isExpected = TryExpect(
                profile, requestBytes, cipher, out expected, out var isEncrypted, out var requestError);
            command = isExpected ? expected.Command : command;
            if (requestError != WireError.None)
            {
                problems.Add($"The request of --request-frame is invalid: {WireText.Of(requestError)}.");
            }
            else if (isExpected)
            {
                var examined = ResponseFrame.Examine(expected, frame, out response, out error);
                read = examined != ResponseVerdict.Ignored;
                verdict = examined switch
                {
                    ResponseVerdict.Believed => "accepted",
                    ResponseVerdict.Hint => "hint: an error without a valid signature",
                    _ => "ignored",
                };
                isSigned = examined == ResponseVerdict.Believed ? true : error == WireError.SignatureWrong ? false : null;
                isPlain = read;
                isDecrypted = isPlain && isEncrypted && !response.SealedPayload.IsEmpty;
                if (isDecrypted)
                {
                    response.Open(expected, iv, cipher, shown.AsSpan(BodyOffset));
                }
            }
        }

        command ??= DetectCommand(profile, frame);
        var reader = new FieldReader(shown, showSecrets)
        {
            Decrypted = isDecrypted ? BodyOffset..(frame.Length - ProfileRules.TrailerLength) : default,
        };
        AddHeader(reader, profile, command, frame, isSigned);
        var payload = frame.Length > BodyOffset + ProfileRules.TrailerLength
            ? shown.AsSpan(BodyOffset..^ProfileRules.TrailerLength)
            : default;
        if (isPlain && command is { } payloadCommand && reader.Problem is null)
        {
            PayloadDecoder.AddResponse(reader, profile, payloadCommand, payload);
            CheckPayload(profile, payloadCommand, response, payload, problems);
        }
        else
        {
            reader.AddRest(
                "payload",
                ProfileRules.TrailerLength,
                requestBytes is null ? "cannot be decoded without the request" : "cannot be decoded");
        }

        if (frame.Length > BodyOffset)
        {
            reader.AddFixed("trailer", profile == WireProfile.Rke ? [0xE3, 0xE3] : [0x3E, 0x3E], "never encrypted");
        }

        if (reader.Problem is not null)
        {
            problems.Add(reader.Problem);
        }

        if (error != WireError.None)
        {
            problems.Add($"A gateway does not accept this response: {WireText.Of(error)}.");
        }

        return new(
            "response",
            WireText.Of(profile),
            command is { } name ? WireText.Of(name) : "unknown command",
            frame.Length,
            reader.Fields)
        {
            Problems = problems,
            Verdict = verdict,
            Advice = requestBytes is null
                    ? "Give --request-frame, and the authenticity number if the request is encrypted, to check all fields."
                : !isPlain && error == WireError.None && cipher is null
                    ? "Give --an-file, --keys or RKECTL_AN to check and decrypt the response."
                : isDecrypted && profile == WireProfile.Raidax ? IvAdvice(iv)
                : null,
        };
    }

    private static string IvAdvice(ResponseIv iv) => iv == ResponseIv.Same
        ? "Decrypted with --response-iv same. If the payload is not plausible, try continued."
        : "Decrypted with --response-iv continued. If the payload is not plausible, try same.";

    /// <returns>False without an error if the request is encrypted and there is no authenticity number.</returns>
    private static bool TryExpect(
        WireProfile profile,
        byte[] requestBytes,
        CoinCipher? cipher,
        out ExpectedResponse expected,
        out bool isEncrypted,
        out WireError error)
    {
        expected = default;
        isEncrypted = false;
        if (!RequestFrame.TryRead(profile, requestBytes, out var request, out error))
        {
            return false;
        }

        isEncrypted = request.Header.EncryptionType == 1;
        if ((isEncrypted && cipher is null)
            || !request.TryOpen(cipher, new byte[requestBytes.Length], out var challenge, out _, out error))
        {
            return false;
        }

        var header = request.Header;
        var address = new RequestAddress(profile, header.Network, header.RaidaId, header.Coin);
        expected = ExpectedResponse.To(
            address, request.Command, header.Nonce, challenge, isEncrypted ? cipher : null, requestBytes.Length);
        return true;
    }

    /// <summary>Detects the command from the group, the status and the body size.</summary>
    private static WireCommand? DetectCommand(WireProfile profile, byte[] frame)
    {
        if (frame.Length < BodyOffset)
        {
            return null;
        }

        var payload = Math.Max(0, frame.Length - BodyOffset - ProfileRules.TrailerLength);
        return frame[3] switch
        {
            0 => WireCommand.Echo,
            12 => WireCommand.NameLookup,
            4 when frame[2] == ExchangeKeysAnswer.Status && payload == ExchangeKeysAnswer.Length => WireCommand.ExchangeKeys,
            4 when frame[2] != ProfileRules.Success(profile) => null,
            4 when payload == 0 => WireCommand.PostKey,
            4 when payload == SignalAnswer.Length => WireCommand.Signal,
            4 => WireCommand.GetKey,
            _ => null,
        };
    }

    private static void CheckPayload(
        WireProfile profile,
        WireCommand command,
        in ResponseFrame response,
        ReadOnlySpan<byte> payload,
        List<string> problems)
    {
        var error = WireError.None;
        var isValid = response.Header.Status != ProfileRules.Success(profile) || command switch
        {
            WireCommand.GetKey => GetKeyAnswer.TryRead(profile, payload, out _, out error),
            WireCommand.Signal => SignalAnswer.TryRead(payload, SignalPayload.MaxParts, out _, out error),
            WireCommand.FreeAccount or WireCommand.PaidAccount => AccountAnswer.TryRead(command, payload, out _, out error),
            _ => true,
        };
        if (command == WireCommand.ExchangeKeys && response.Header.Status == ExchangeKeysAnswer.Status)
        {
            isValid = ExchangeKeysAnswer.TryRead(payload, ExchangeKeysPayload.MaxSlots, out _, out error);
        }

        if (!isValid)
        {
            problems.Add($"The payload is invalid: {WireText.Of(error)}.");
        }
    }

    private static void AddHeader(
        FieldReader reader, WireProfile profile, WireCommand? command, byte[] frame, bool? isSigned)
    {
        reader.Add(
            "RAIDA id",
            1,
            WireText.Number,
            bytes => bytes[0] <= RaidaNetwork.MaxRaidaId ? null : $"must be 0 to {RaidaNetwork.MaxRaidaId}");
        reader.AddFixed("shard id", [0], "0");
        reader.Add("status", 1, bytes => $"{bytes[0]}, {Status(profile, command, frame)}");
        reader.Add("command group", 1, WireText.Number);
        reader.AddFixed("frame count", [0, 1], "1");
        reader.Add("echo", 2, _ => "bytes 30-31 of the request");
        reader.AddFixed("reserved", [0], "0");
        reader.Add(
            "body size",
            3,
            WireText.Number,
            bytes => WireText.Number(bytes) == (frame.Length - BodyOffset).ToString(CultureInfo.InvariantCulture)
                ? null
                : $"{frame.Length - BodyOffset} bytes follow the header");
        reader.Add(
            "execution time", 4, bytes => $"{WireText.Number(bytes)} {(profile == WireProfile.Rke ? "ns" : "µs")}");
        reader.Add(
            "signature",
            16,
            _ => isSigned switch
            {
                true => "matches the request's challenge",
                false => "",
                _ => "the plain challenge, XOR the authenticity number if the request was encrypted",
            },
            _ => isSigned == false ? "does not match the request's challenge" : null);
    }

    private static string Status(WireProfile profile, WireCommand? command, byte[] frame)
    {
        var status = frame[2];
        var isHeaderError = profile == WireProfile.Rke && frame.Length > 3 && frame[3] == 0
            && status != ProfileRules.Success(profile) && WireStatuses.IsHeaderError(status);
        var words = command is null && profile == WireProfile.Rke && !isHeaderError && status != 0
            ? $"of Post Key: {Of(WireCommand.PostKey)}; of Get Key: {Of(WireCommand.GetKey)}"
            : Of(command ?? WireCommand.PostKey);
        return isHeaderError ? $"{words} (header error)" : words;

        string Of(WireCommand asked) => WireText.Of(WireStatuses.Interpret(profile, asked, isHeaderError, status));
    }
}
