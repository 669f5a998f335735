using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// A whole response datagram (docs/WIRE.md §4).
/// <code>
/// +-------------+---------+-------------+
/// | header (32) | payload | trailer (2) |     payload encrypted in type 1; body size 0 = header alone
/// +-------------+---------+-------------+
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

    /// <summary>The status is one of docs/WIRE.md §8, not the command's own.</summary>
    public bool IsHeaderError { get; }

    /// <summary>What stands between header and trailer, as it came: encrypted in type 1.</summary>
    public ReadOnlySpan<byte> SealedPayload { get; }

    /// <summary>
    /// Judges a datagram that came from the address that was asked. Never throws; every wrong one gets a reason.
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

        if (!success && !frame.SealedPayload.IsEmpty)
        {
            error = WireError.BodyUnexpected;
            return ResponseVerdict.Ignored;
        }

        // The signature does not cover the body: a success that was cut short must not end the wait.
        if (success && !IsPayloadLength(expected.Profile, expected.Command, frame.SealedPayload.Length))
        {
            error = WireError.BodyLengthWrong;
            return ResponseVerdict.Ignored;
        }

        error = header.RaidaId != expected.RaidaId ? WireError.RaidaIdWrong
            : header.Group != group && !isHeaderError ? WireError.GroupWrong
            : !SignatureMatches(expected.Signature, header.Signature) ? WireError.SignatureWrong
            : WireError.None;

        // Some errors cannot be signed (the server had no AN to sign with); a success always is.
        return error == WireError.None ? ResponseVerdict.Believed
            : success ? ResponseVerdict.Ignored
            : ResponseVerdict.Hint;
    }

    /// <summary>Reads a datagram as far as it can be judged alone: length, fixed bytes, trailer.</summary>
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
    /// <param name="plain">Room for <see cref="SealedPayload"/>.</param>
    /// <returns>The plain payload, a slice of <paramref name="plain"/>.</returns>
    public Span<byte> Open(scoped in ExpectedResponse expected, ResponseIv iv, CoinCipher? cipher, Span<byte> plain)
    {
        SealedPayload.CopyTo(plain);
        plain = plain[..SealedPayload.Length];
        cipher?.Apply(expected.Nonce, expected.FirstBlock(iv), plain);
        return plain;
    }

    /// <summary>Writes a response with a payload and returns its length: a key server's side.</summary>
    /// <param name="destination">At least <see cref="ProfileRules.MaxResponseLength"/> bytes.</param>
    /// <param name="request">The request that is answered.</param>
    /// <param name="challenge">Its plain challenge.</param>
    /// <param name="executionTime">Nanoseconds in the rke profile, microseconds in raidax.</param>
    /// <param name="payload">What stands between header and trailer.</param>
    /// <param name="iv">Where the keystream starts.</param>
    /// <param name="cipher">Keyed with the request's coin; null for type 0.</param>
    public static int Write<TPayload>(
        Span<byte> destination,
        in RequestFrame request,
        Challenge challenge,
        uint executionTime,
        in TPayload payload,
        ResponseIv iv,
        CoinCipher? cipher)
        where TPayload : IPayload, allows ref struct
    {
        var profile = request.Profile;
        var length = payload.Measure(profile);
        var head = new ResponseHeader
        {
            RaidaId = request.Header.RaidaId,
            Status = ProfileRules.Success(profile),
            Group = request.Header.Code.Group,
            FrameCount = 1,
            Echo = request.Header.Nonce.Echo,
            BodySize = length + ProfileRules.TrailerLength,
            ExecutionTime = executionTime,
            Signature = cipher is null ? challenge.Bits : cipher.Number.Sign(challenge),
        };
        head.CopyTo(destination);
        var body = destination[ResponseHeader.Length..];
        payload.Write(profile, body[..length]);
        if (cipher is not null)
        {
            var expected = new ExpectedResponse { RequestBodyLength = request.Header.BodyLength };
            cipher.Apply(request.Header.Nonce, expected.FirstBlock(iv), body[..length]);
        }

        ProfileRules.WriteTrailer(profile, body[length..]);
        return ResponseHeader.Length + length + ProfileRules.TrailerLength;
    }

    /// <summary>
    /// Writes a response without a payload and returns its length: success of Echo (no body) and Post Key (the
    /// trailer alone in the rke profile), or any error (no body).
    /// </summary>
    /// <param name="destination">At least 34 bytes.</param>
    /// <param name="profile">The server's dialect.</param>
    /// <param name="request">Header of the request that is answered, as far as it could be read.</param>
    /// <param name="raidaId">The server's own number.</param>
    /// <param name="status">As it stands on the wire.</param>
    /// <param name="isHeaderError">Answers with command group 0 (rke profile, docs/WIRE.md §8).</param>
    /// <param name="challenge">Null when it could not be read: then the signature is zero.</param>
    /// <param name="executionTime">Nanoseconds in the rke profile, microseconds in raidax.</param>
    /// <param name="trailer">Whether a trailer follows.</param>
    /// <param name="cipher">Keyed with the request's coin; null for type 0 or where the coin is unknown.</param>
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

    private static bool IsPayloadLength(WireProfile profile, WireCommand command, int length) => command switch
    {
        WireCommand.GetKey => GetKeyAnswer.IsLength(profile, length),
        WireCommand.Signal => length == SignalAnswer.Length,
        WireCommand.NameLookup => NameLookupAnswer.IsLength(profile, length),
        _ => length == 0,
    };

    private static bool SignatureMatches(UInt128 expected, UInt128 actual)
    {
        Span<byte> left = stackalloc byte[16];
        Span<byte> right = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(left, expected);
        BinaryPrimitives.WriteUInt128BigEndian(right, actual);
        return CryptographicOperations.FixedTimeEquals(left, right);
    }
}
