namespace Rke.Wire;

/// <summary>The fields of a request's header that name its server and its coin (docs/WIRE.md §2).</summary>
/// <param name="Profile">The profile of the network.</param>
/// <param name="Network">The coin id of the network. 6 is CloudCoin.</param>
/// <param name="RaidaId">0-24. 0 in a Signal.</param>
/// <param name="Coin">The coin that encrypts the request. Not sent in an unencrypted request.</param>
public readonly record struct RequestAddress(WireProfile Profile, ushort Network, byte RaidaId, CoinId Coin);

/// <summary>
/// A request datagram (docs/WIRE.md §2 and §3).
/// <code>
///  0  header (32)
/// 32  challenge (16)   encrypted in type 1
/// 48  payload (n)      encrypted in type 1
///  …  trailer (2)
/// </code>
/// </summary>
public readonly ref struct RequestFrame
{
    /// <summary>The length of header, challenge and trailer in bytes.</summary>
    public const int Overhead = RequestHeader.Length + Challenge.Length + ProfileRules.TrailerLength;

    private RequestFrame(WireProfile profile, RequestHeader header, WireCommand command, ReadOnlySpan<byte> sealedBody)
    {
        Profile = profile;
        Header = header;
        Command = command;
        SealedBody = sealedBody;
    }

    public WireProfile Profile { get; }

    public RequestHeader Header { get; }

    public WireCommand Command { get; }

    /// <summary>Challenge and payload as received: encrypted in type 1.</summary>
    public ReadOnlySpan<byte> SealedBody { get; }

    /// <summary>The length in bytes of the datagram with a payload.</summary>
    public static int Measure<TPayload>(WireProfile profile, in TPayload payload)
        where TPayload : IPayload, allows ref struct =>
        Overhead + payload.Measure(profile);

    /// <summary>Writes a request datagram and returns its length.</summary>
    /// <param name="destination">At least <see cref="Measure"/> bytes.</param>
    /// <param name="address">The profile, network, RAIDA id and coin.</param>
    /// <param name="nonce">Must never be used twice with one coin and server. An unencrypted request contains only the
    /// echo.</param>
    /// <param name="challenge">Must be new for every request.</param>
    /// <param name="payload">The payload of the command.</param>
    /// <param name="cipher">The cipher of the coin's AN for the addressed server. Null = type 0, unencrypted.</param>
    public static int Write<TPayload>(
        Span<byte> destination,
        in RequestAddress address,
        Nonce nonce,
        Challenge challenge,
        in TPayload payload,
        CoinCipher? cipher)
        where TPayload : IPayload, allows ref struct
    {
        var profile = address.Profile;
        var sealedLength = Challenge.Length + payload.Measure(profile);
        new RequestHeader
        {
            RoutingVersion = 1,
            RaidaId = address.RaidaId,
            Code = CommandCode.Of(profile, payload.Command),
            Network = address.Network,
            Presentation = ProfileRules.Presentation(profile),
            EncryptionType = cipher is null ? (byte)0 : (byte)1,
            Coin = cipher is null ? default : address.Coin,
            BodyLength = (ushort)(sealedLength + ProfileRules.TrailerLength),
            Nonce = cipher is null ? nonce.EchoOnly : nonce,
        }.CopyTo(destination);

        var body = destination[RequestHeader.Length..];
        challenge.CopyTo(body);
        payload.Write(profile, body[Challenge.Length..sealedLength]);
        cipher?.Apply(nonce, 0, body[..sealedLength]);
        ProfileRules.WriteTrailer(profile, body[sealedLength..]);
        return RequestHeader.Length + sealedLength + ProfileRules.TrailerLength;
    }

    /// <summary>Reads a datagram, and checks all fields that can be checked without the coin's AN.</summary>
    public static bool TryRead(
        WireProfile profile, ReadOnlySpan<byte> datagram, out RequestFrame frame, out WireError error)
    {
        frame = default;
        if (!RequestHeader.TryRead(datagram, out var header))
        {
            error = WireError.TooShort;
            return false;
        }

        error = header.Check(profile, out var command);
        if (error == WireError.None)
        {
            error = CheckBody(profile, command, header, datagram);
        }

        if (error != WireError.None)
        {
            return false;
        }

        frame = new(profile, header, command, datagram[RequestHeader.Length..^ProfileRules.TrailerLength]);
        return true;
    }

    /// <summary>
    /// Decrypts (type 1) or copies (type 0) the challenge and the payload, and checks the CRC of the challenge.
    /// </summary>
    /// <param name="cipher">Required in type 1. Ignored in type 0.</param>
    /// <param name="plain">The buffer for the plain bytes, at least as long as <see cref="SealedBody"/>. The payload is
    /// a slice of it.</param>
    public bool TryOpen(
        CoinCipher? cipher, Span<byte> plain, out Challenge challenge, out ReadOnlySpan<byte> payload, out WireError error)
    {
        payload = default;
        challenge = default;
        if (Header.EncryptionType == 1 && cipher is null)
        {
            error = WireError.CoinMissing;
            return false;
        }

        SealedBody.CopyTo(plain);
        plain = plain[..SealedBody.Length];
        if (Header.EncryptionType == 1)
        {
            cipher!.Apply(Header.Nonce, 0, plain);
        }

        if (!Challenge.TryRead(plain, out challenge))
        {
            error = WireError.ChallengeWrong;
            return false;
        }

        payload = plain[Challenge.Length..];
        error = WireError.None;
        return true;
    }

    private static WireError CheckBody(
        WireProfile profile, WireCommand command, in RequestHeader header, ReadOnlySpan<byte> datagram)
    {
        var body = datagram[RequestHeader.Length..];
        if (body.IsEmpty || header.BodyLength == 0)
        {
            return WireError.BodyEmpty;
        }

        if (datagram.Length > ProfileRules.MaxRequestLength)
        {
            return WireError.TooLong;
        }

        if (header.BodyLength != body.Length)
        {
            return WireError.LengthWrong;
        }

        var payload = body.Length - Challenge.Length - ProfileRules.TrailerLength;
        if (payload < 0 || !IsPayloadLength(profile, command, payload))
        {
            return WireError.BodyLengthWrong;
        }

        return ProfileRules.HasTrailer(profile, body) ? WireError.None : WireError.TrailerWrong;
    }

    private static bool IsPayloadLength(WireProfile profile, WireCommand command, int length) => command switch
    {
        WireCommand.Echo => length == 0,
        WireCommand.PostKey => length == PostKeyPayload.LengthIn(profile),
        WireCommand.GetKey => length == GetKeyPayload.LengthIn(profile),
        WireCommand.Signal => SignalPayload.IsLength(length),
        WireCommand.ExchangeKeys => length == ExchangeKeysPayload.Length,
        WireCommand.FreeAccount => length == FreeAccountPayload.Length,
        WireCommand.PaidAccount => length == PaidAccountPayload.Length,
        _ => length is > 1 and <= 1 + NameLookupPayload.MaxNameLength,
    };
}
