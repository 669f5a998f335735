namespace Rke.Wire;

/// <summary>The result of the check of a response (docs/WIRE.md §4).</summary>
public enum ResponseVerdict
{
    /// <summary>The client counts and drops the datagram, and continues to wait.</summary>
    Ignored,

    /// <summary>
    /// An error without a valid signature. The client reports it only if no signed response arrives in time.
    /// </summary>
    Hint,

    /// <summary>The signature is valid. The client accepts the response.</summary>
    Believed,
}

/// <summary>
/// A response datagram (docs/WIRE.md §4).
/// <code>
///  0  header (32)
/// 32  payload (n)   encrypted in type 1
///  …  trailer (2)   body size 0: no payload and no trailer
/// </code>
/// </summary>
public readonly ref struct ResponseFrame
{
    private ResponseFrame(ResponseHeader header, bool isHeaderError, ReadOnlySpan<byte> sealedPayload)
    {
        Header = header;
        IsHeaderError = isHeaderError;
        SealedPayload = sealedPayload;
    }

    public ResponseHeader Header { get; }

    /// <summary>Whether the status is a header error of docs/WIRE.md §8, and not a status of the command.</summary>
    public bool IsHeaderError { get; }

    /// <summary>The payload as received: encrypted in type 1.</summary>
    public ReadOnlySpan<byte> SealedPayload { get; }

    /// <summary>
    /// Checks a datagram. The caller has checked that it comes from the address of the server. If the response is not
    /// accepted, <paramref name="error"/> gives the reason.
    /// </summary>
    public static ResponseVerdict Examine(
        scoped in ExpectedResponse expected, ReadOnlySpan<byte> datagram, out ResponseFrame frame, out WireError error)
    {
        if (!TryRead(expected.Profile, datagram, out frame, out error))
        {
            return ResponseVerdict.Ignored;
        }

        var header = frame.Header;
        if (header.Echo != expected.Nonce.Echo)
        {
            error = WireError.EchoWrong;
            return ResponseVerdict.Ignored;
        }

        var group = CommandCode.Of(expected.Profile, expected.Command).Group;
        var success = header.Status == ProfileRules.Success(expected.Profile);
        var isHeaderError = expected.Profile == WireProfile.Rke && header.Group == 0 && !success
            && WireStatuses.IsHeaderError(header.Status);
        frame = new(header, isHeaderError, frame.SealedPayload);

        // Exchange Keys has three statuses that give a key.
        var isPositive = success
            || (expected.Command == WireCommand.ExchangeKeys && header.Group != 0 && ExchangeKeysAnswer.GivesKey(header.Status));
        if (!isPositive && !frame.SealedPayload.IsEmpty)
        {
            error = WireError.BodyUnexpected;
            return ResponseVerdict.Ignored;
        }

        // The signature does not cover the body. A truncated success must not end the wait.
        if (isPositive && !IsPayloadLength(expected.Profile, expected.Command, header.Status, frame.SealedPayload.Length))
        {
            error = WireError.BodyLengthWrong;
            return ResponseVerdict.Ignored;
        }

        error = header.RaidaId != expected.RaidaId ? WireError.RaidaIdWrong
            : header.Group != group && !isHeaderError ? WireError.GroupWrong
            : !ConstantTime.AreEqual(expected.Signature, header.Signature) ? WireError.SignatureWrong
            : WireError.None;

        // A server without the AN cannot sign its error. A success always has a signature.
        return error == WireError.None ? ResponseVerdict.Believed
            : isPositive ? ResponseVerdict.Ignored
            : ResponseVerdict.Hint;
    }

    /// <summary>
    /// Whether a raidax server reports that requests carry a wrong RAIDA id. The deployed server then sends an old echo, so
    /// the response belongs to no request.
    /// </summary>
    /// <param name="raidaId">The RAIDA id of the requests.</param>
    public bool IsWrongRaidaId(WireProfile profile, byte raidaId) =>
        profile == WireProfile.Raidax
        && Header.RaidaId != raidaId
        && SealedPayload.IsEmpty
        && WireStatuses.Interpret(profile, WireCommand.Echo, isHeaderError: false, Header.Status) == WireStatus.RaidaIdWrong;

    /// <summary>
    /// Reads a datagram, and checks the fields that do not depend on the request: length, fixed bytes and trailer.
    /// </summary>
    public static bool TryRead(
        WireProfile profile, ReadOnlySpan<byte> datagram, out ResponseFrame frame, out WireError error)
    {
        frame = default;
        if (!ResponseHeader.TryRead(datagram, out var header))
        {
            error = WireError.TooShort;
            return false;
        }

        var body = datagram[ResponseHeader.Length..];
        error = header.CheckFixed();
        if (error != WireError.None)
        {
            return false;
        }

        if (header.BodySize != body.Length)
        {
            error = WireError.LengthWrong;
            return false;
        }

        if (!body.IsEmpty && (body.Length < ProfileRules.TrailerLength || !ProfileRules.HasTrailer(profile, body)))
        {
            error = WireError.TrailerWrong;
            return false;
        }

        frame = new(header, false, body.IsEmpty ? body : body[..^ProfileRules.TrailerLength]);
        return true;
    }

    /// <summary>Decrypts the payload of a response to an encrypted request.</summary>
    /// <param name="expected">The expected response.</param>
    /// <param name="iv">The start of the keystream in the raidax profile. It has no effect in the rke profile.</param>
    /// <param name="cipher">The cipher of the request's coin. Null for type 0.</param>
    /// <param name="plain">The buffer for the plain bytes, at least as long as <see cref="SealedPayload"/>.</param>
    /// <returns>The plain payload, a slice of <paramref name="plain"/>.</returns>
    public Span<byte> Open(scoped in ExpectedResponse expected, ResponseIv iv, CoinCipher? cipher, Span<byte> plain)
    {
        SealedPayload.CopyTo(plain);
        plain = plain[..SealedPayload.Length];
        cipher?.Apply(expected.Nonce, expected.FirstBlock(iv), plain);
        return plain;
    }

    /// <summary>Writes a successful response with a payload and returns its length. Key servers use this.</summary>
    /// <param name="destination">At least <see cref="ProfileRules.MaxResponseLength"/> bytes.</param>
    /// <param name="request">The request.</param>
    /// <param name="challenge">The plain challenge of the request.</param>
    /// <param name="executionTime">Nanoseconds in the rke profile, microseconds in raidax.</param>
    /// <param name="payload">The payload of the response.</param>
    /// <param name="iv">The start of the keystream in the raidax profile. It has no effect in the rke profile.</param>
    /// <param name="cipher">The cipher of the request's coin. Null for type 0.</param>
    /// <param name="status">The status byte. Null for success.</param>
    public static int Write<TPayload>(
        Span<byte> destination,
        in RequestFrame request,
        Challenge challenge,
        uint executionTime,
        in TPayload payload,
        ResponseIv iv,
        CoinCipher? cipher,
        byte? status = null)
        where TPayload : IPayload, allows ref struct
    {
        var profile = request.Profile;
        var length = payload.Measure(profile);
        new ResponseHeader
        {
            RaidaId = request.Header.RaidaId,
            Status = status ?? ProfileRules.Success(profile),
            Group = request.Header.Code.Group,
            FrameCount = 1,
            Echo = request.Header.Nonce.Echo,
            BodySize = length + ProfileRules.TrailerLength,
            ExecutionTime = executionTime,
            Signature = cipher is null ? challenge.Bits : cipher.Number.Sign(challenge),
        }.CopyTo(destination);
        var body = destination[ResponseHeader.Length..];
        payload.Write(profile, body[..length]);
        if (cipher is not null)
        {
            var expected = new ExpectedResponse { Profile = profile, RequestBodyLength = request.Header.BodyLength };
            cipher.Apply(request.Header.Nonce, expected.FirstBlock(iv), body[..length]);
        }

        ProfileRules.WriteTrailer(profile, body[length..]);
        return ResponseHeader.Length + length + ProfileRules.TrailerLength;
    }

    /// <summary>
    /// Writes a response without a payload and returns its length. This is a success of Echo or Post Key, or any error.
    /// Key servers use this.
    /// </summary>
    /// <param name="destination">At least 34 bytes.</param>
    /// <param name="profile">The profile of the server.</param>
    /// <param name="request">The header of the request.</param>
    /// <param name="raidaId">The RAIDA id of the server.</param>
    /// <param name="status">The status byte.</param>
    /// <param name="isHeaderError">Whether the command group is 0 (rke profile, docs/WIRE.md §8).</param>
    /// <param name="challenge">The plain challenge of the request. Null if it cannot be read; the signature is then
    /// zero.</param>
    /// <param name="executionTime">Nanoseconds in the rke profile, microseconds in raidax.</param>
    /// <param name="trailer">Whether the response has a trailer.</param>
    /// <param name="cipher">The cipher of the request's coin. Null for type 0 or an unknown coin.</param>
    public static int WriteStatus(
        Span<byte> destination,
        WireProfile profile,
        in RequestHeader request,
        byte raidaId,
        byte status,
        bool isHeaderError,
        Challenge? challenge,
        uint executionTime,
        bool trailer,
        CoinCipher? cipher)
    {
        new ResponseHeader
        {
            RaidaId = raidaId,
            Status = status,
            Group = isHeaderError && profile == WireProfile.Rke ? (byte)0 : request.Code.Group,
            FrameCount = 1,
            Echo = request.Nonce.Echo,
            BodySize = trailer ? ProfileRules.TrailerLength : 0,
            ExecutionTime = executionTime,
            Signature = challenge is { } known ? cipher?.Number.Sign(known) ?? known.Bits : 0,
        }.CopyTo(destination);
        if (!trailer)
        {
            return ResponseHeader.Length;
        }

        ProfileRules.WriteTrailer(profile, destination[ResponseHeader.Length..]);
        return ResponseHeader.Length + ProfileRules.TrailerLength;
    }

    private static bool IsPayloadLength(WireProfile profile, WireCommand command, byte status, int length) => command switch
    {
        WireCommand.GetKey => GetKeyAnswer.IsLength(profile, length),
        WireCommand.Signal => length == SignalAnswer.Length,
        WireCommand.NameLookup => NameLookupAnswer.IsLength(profile, length),
        WireCommand.FreeAccount or WireCommand.PaidAccount => length == AccountAnswer.Length,
        WireCommand.ExchangeKeys when status == ExchangeKeysAnswer.Status => length == ExchangeKeysAnswer.Length,
        _ => length == 0,
    };
}
