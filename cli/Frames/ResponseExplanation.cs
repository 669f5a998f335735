using System.Globalization;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>A response datagram taken apart (docs/WIRE.md §4).</summary>
internal static class ResponseExplanation
{
    private const int BodyOffset = ResponseHeader.Length;

    /// <param name="command">Which command it answers; null = guessed.</param>
    /// <param name="requestBytes">The request that it answers; null when not known.</param>
    /// <param name="cipher">Null when the coin's authenticity number is not known.</param>
    public static FrameReport Explain(
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
        var verdict = read ? "right as far as it can be judged without its request" : "ignored";
        var (isPlain, isDecrypted, isSigned) = (false, false, (bool?)null);
        if (requestBytes is not null)
        {
            var isExpected = TryExpect(
                profile, requestBytes, cipher, out expected, out var isEncrypted, out var requestError);
            command = isExpected ? expected.Command : command;
            if (requestError != WireError.None)
            {
                problems.Add($"The request frame is of no use: {WireWords.Of(requestError)}.");
            }
            else if (isExpected)
            {
                var judged = ResponseFrame.Examine(expected, frame, out response, out error);
                read = judged != ResponseVerdict.Ignored;
                verdict = judged switch
                {
                    ResponseVerdict.Believed => "believed",
                    ResponseVerdict.Hint => "a hint: an error that is not signed",
                    _ => "ignored",
                };
                isSigned = judged == ResponseVerdict.Believed ? true : error == WireError.SignatureWrong ? false : null;
                isPlain = read;
                isDecrypted = isPlain && isEncrypted && !response.SealedPayload.IsEmpty;
                if (isDecrypted)
                {
                    response.Open(expected, iv, cipher, shown.AsSpan(BodyOffset));
                }
            }
        }

        command ??= Guess(profile, frame);
        var list = new FieldList(shown, showSecrets)
        {
            Decrypted = isDecrypted ? BodyOffset..(frame.Length - ProfileRules.TrailerLength) : default,
        };
        AddHeader(list, profile, command, frame, isSigned);
        var payload = frame.Length > BodyOffset + ProfileRules.TrailerLength
            ? shown.AsSpan(BodyOffset..^ProfileRules.TrailerLength)
            : default;
        if (isPlain && command is { } answered && list.Problem is null)
        {
            PayloadFields.AddAnswer(list, profile, answered, payload);
            CheckPayload(profile, answered, response, payload, problems);
        }
        else
        {
            list.AddRest(
                "payload",
                ProfileRules.TrailerLength,
                requestBytes is null ? "cannot be read without its request" : "cannot be read");
        }

        if (frame.Length > BodyOffset)
        {
            list.AddFixed("trailer", profile == WireProfile.Rke ? [0xE3, 0xE3] : [0x3E, 0x3E], "never encrypted");
        }

        if (list.Problem is not null)
        {
            problems.Add(list.Problem);
        }

        if (error != WireError.None)
        {
            problems.Add($"A gateway does not believe it: {WireWords.Of(error)}.");
        }

        return new(
            "response",
            WireWords.Of(profile),
            command is { } name ? WireWords.Of(name) : "unknown command",
            frame.Length,
            list.Fields)
        {
            Problems = problems,
            Verdict = verdict,
            Advice = requestBytes is null
                    ? "Give --request-frame, and the authenticity number if it is encrypted, to judge all of it."
                : !isPlain && error == WireError.None && cipher is null
                    ? "Give --an-file, --keys or RKECTL_AN to judge and decrypt it."
                : isDecrypted && profile == WireProfile.Raidax ? Reading(iv)
                : null,
        };
    }

    private static string Reading(ResponseIv iv) => iv == ResponseIv.Same
        ? "Read with --response-iv same; if this makes no sense, try continued."
        : "Read with --response-iv continued; if this makes no sense, try same.";

    /// <returns>False without an error when the request is encrypted and its authenticity number not known.</returns>
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

    /// <summary>By group and body size, which no two commands share where it matters.</summary>
    private static WireCommand? Guess(WireProfile profile, byte[] frame)
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
        var isRight = response.Header.Status != ProfileRules.Success(profile) || command switch
        {
            WireCommand.GetKey => GetKeyAnswer.TryRead(profile, payload, out _, out error),
            WireCommand.Signal => SignalAnswer.TryRead(payload, SignalPayload.MaxParts, out _, out error),
            _ => true,
        };
        if (!isRight)
        {
            problems.Add($"The payload makes no sense: {WireWords.Of(error)}.");
        }
    }

    private static void AddHeader(
        FieldList list, WireProfile profile, WireCommand? command, byte[] frame, bool? isSigned)
    {
        list.Add("RAIDA id", 1, WireWords.Number, bytes => bytes[0] < CoinKeys.ServerCount ? null : "must be 0 to 24");
        list.AddFixed("shard id", [0], "0");
        list.Add("status", 1, bytes => $"{bytes[0]}, {Status(profile, command, frame)}");
        list.Add("command group", 1, WireWords.Number);
        list.AddFixed("frame count", [0, 1], "1");
        list.Add("echo", 2, _ => "the request's bytes 30-31");
        list.AddFixed("reserved", [0], "0");
        list.Add(
            "body size",
            3,
            WireWords.Number,
            bytes => WireWords.Number(bytes) == (frame.Length - BodyOffset).ToString(CultureInfo.InvariantCulture)
                ? null
                : $"{frame.Length - BodyOffset} bytes follow the header");
        list.Add(
            "execution time", 4, bytes => $"{WireWords.Number(bytes)} {(profile == WireProfile.Rke ? "ns" : "µs")}");
        list.Add(
            "signature",
            16,
            _ => isSigned switch
            {
                true => "fits the request's challenge",
                false => "",
                _ => "the plain challenge, XOR the authenticity number if the request was encrypted",
            },
            _ => isSigned == false ? "does not fit the request's challenge" : null);
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

        string Of(WireCommand asked) => WireWords.Of(WireStatuses.Interpret(profile, asked, isHeaderError, status));
    }
}
