using System.Net;
using System.Security.Cryptography;
using Rke.Raida.Accounts;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>
/// One key server without I/O: it turns a request datagram into a response datagram (docs/WIRE.md §5-§9). It is
/// thread-safe. A request allocates memory only if a table has to grow.
/// </summary>
public sealed class KeyServer : IDisposable
{
    private const int MaxExpiredPerRequest = 16;
    private const int MaxExpiredPerLock = 256;

    private readonly Lock _gate = new();
    private readonly KeyServerOptions _options;
    private readonly CoinTable _coins;
    private readonly TimeProvider _time;
    private readonly CipherCache _ciphers = new();
    private readonly KeyTable _keys;
    private readonly PostLimit? _postLimit;
    private readonly ResponseCache _responseCache;
    private readonly ResponseWriter _writer;
    private readonly AmplificationLimit _amplification;
    private readonly AccountDesk? _accounts;

    /// <summary>Creates a server.</summary>
    /// <param name="raidaId">The RAIDA id, 0-24.</param>
    /// <param name="options">The options. The server ignores those about sockets and impairments.</param>
    /// <param name="coins">The coins of this server.</param>
    /// <param name="capacity">Shared by all servers of a process.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="InvalidDataException">The file of the accounts is invalid.</exception>
    public KeyServer(
        byte raidaId, KeyServerOptions options, CoinTable coins, KeyCapacity capacity, TimeProvider time)
    {
        RaidaId = raidaId;
        _options = options;
        _coins = coins;
        _time = time;
        _keys = new(options.Profile, Ticks(options.KeyLifetime), capacity, options.History is null ? null : AddToHistory);
        _postLimit = options.PostLimit is { } posts ? new(posts, Ticks(options.PostWindow)) : null;
        _responseCache = new(options.MaxCachedResponses, Ticks(options.ResponseLifetime));
        _writer = new(options, raidaId, time);
        _amplification = new(options.AmplificationBytesPerSecond, time.TimestampFrequency);
        _accounts = options.Accounts is { } accounts
            ? new(raidaId, accounts, coins, options.ResponseLifetime, new SystemEntropy(), time)
            : null;
    }

    /// <summary>The RAIDA id.</summary>
    public byte RaidaId { get; }

    /// <summary>The number of stored key parts.</summary>
    public int WaitingKeys
    {
        get
        {
            lock (_gate)
            {
                return _keys.Count;
            }
        }
    }

    private bool IsRke => _options.Profile == WireProfile.Rke;

    /// <summary>Handles a datagram.</summary>
    /// <param name="source">The source of the datagram.</param>
    /// <param name="datagram">The whole datagram, or the first 1401 bytes of a longer one.</param>
    /// <param name="response">At least <see cref="ProfileRules.MaxResponseLength"/> bytes.</param>
    /// <returns>The length of the response. 0 means that the server sends no response.</returns>
    public int Handle(in RemoteAddress source, ReadOnlySpan<byte> datagram, Span<byte> response)
    {
        var now = _time.GetTimestamp();
        if (!RequestHeader.TryRead(datagram, out var header) || IsResponse(datagram))
        {
            return 0;
        }

        RequestFrame.TryRead(_options.Profile, datagram, out var frame, out var error);
        var status = RequestErrors.CheckHeader(header, error, RaidaId, _options.Network);
        if (status == WireStatus.Success && header.EncryptionType == 0)
        {
            return HandleUnencrypted(now, source, frame, datagram.Length, response);
        }

        lock (_gate)
        {
            return status == WireStatus.Success
                ? HandleEncrypted(now, source, datagram, frame, response)
                : WriteHeaderError(now, header, datagram, status, response);
        }
    }

    /// <summary>Checks the header of a request that arrived over TLS.</summary>
    /// <returns>0 if <see cref="HandleStream"/> accepts it, or the length of an error response.</returns>
    internal int RefuseStream(in RequestHeader header, Span<byte> response)
    {
        CommandCode.TryFind(_options.Profile, header.Code, out var command);
        var status = RequestErrors.CheckHeader(header, WireError.None, RaidaId, _options.Network);
        status = status != WireStatus.Success ? status
            : command != WireCommand.PaidAccount || _accounts is null ? WireStatus.CommandUnknown
            : header.BodyLength != PaidAccountPayload.BodyLength ? WireStatus.LengthWrong
            : WireStatus.Success;
        return status == WireStatus.Success
            ? 0
            : _writer.WriteStatus(
                new() { Header = header, Command = command, ArrivedAt = _time.GetTimestamp(), Challenge = null, Cipher = null },
                status,
                response);
    }

    /// <summary>Handles a Paid Account that arrived over TLS.</summary>
    /// <returns>The length of the response.</returns>
    internal int HandleStream(IPAddress source, ReadOnlySpan<byte> bytes, Span<byte> response)
    {
        var now = _time.GetTimestamp();
        RequestHeader.TryRead(bytes, out var header);
        RequestFrame.TryRead(_options.Profile, bytes, out var frame, out var error);
        var status = RequestErrors.CheckHeader(header, error, RaidaId, _options.Network);
        if (status != WireStatus.Success)
        {
            lock (_gate)
            {
                return WriteHeaderError(now, header, bytes, status, response);
            }
        }

        Span<byte> plain = stackalloc byte[frame.SealedBody.Length];
        try
        {
            var isValid = frame.TryOpen(null, plain, out var challenge, out var payload, out error);
            var request = new ReceivedRequest
            {
                Header = frame.Header,
                Command = frame.Command,
                ArrivedAt = now,
                Challenge = challenge,
                Cipher = null,
            };
            return isValid
                ? HandlePaidAccount(request, frame, source, plain, payload, response)
                : _writer.WriteStatus(request, RequestErrors.StatusOf(error), response);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Zeroes and removes all expired key parts. Needed on a server that receives no requests.</summary>
    public void RemoveExpired()
    {
        var more = true;
        while (more)
        {
            lock (_gate)
            {
                more = _keys.Expire(_time.GetTimestamp(), MaxExpiredPerLock);
            }
        }
    }

    /// <summary>Zeroes and removes all key parts and ciphers.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ciphers.Dispose();
            _keys.Clear();
            _accounts?.Dispose();
        }
    }

    // A server does not respond to a response. Otherwise, one forged datagram could start an endless exchange between
    // two servers.
    private static bool IsResponse(ReadOnlySpan<byte> datagram) =>
        ResponseHeader.TryRead(datagram, out var header)
        && header.FrameCount == 1
        && header.ShardId == 0
        && header.Reserved == 0
        && header.BodySize == datagram.Length - ResponseHeader.Length;

    private int HandleUnencrypted(
        long now, in RemoteAddress source, in RequestFrame frame, int requestLength, Span<byte> response)
    {
        Span<byte> plain = stackalloc byte[frame.SealedBody.Length];
        var isValid = frame.TryOpen(null, plain, out var challenge, out var payload, out var error);
        var request = new ReceivedRequest
        {
            Header = frame.Header,
            Command = frame.Command,
            ArrivedAt = now,
            Challenge = challenge,
            Cipher = null,
        };
        if (!isValid)
        {
            return _writer.WriteStatus(request, RequestErrors.StatusOf(error), response);
        }

        switch (frame.Command)
        {
            case WireCommand.NameLookup:
                var length = HandleNameLookup(request, frame, payload, response);
                return length <= requestLength || AllowsAmplification(now, length - requestLength) ? length : 0;

            case WireCommand.FreeAccount when _accounts?.Offers(frame.Command) == true:
                return HandleFreeAccount(request, frame, source.ToIPAddress(), payload, response);

            // Only the TLS port accepts Paid Account, and only a receiver accepts Exchange Keys.
            case WireCommand.FreeAccount or WireCommand.PaidAccount or WireCommand.ExchangeKeys:
                return _writer.WriteStatus(request, WireStatus.CommandUnknown, response);

            // A key part always belongs to a coin, and an unencrypted request has none.
            case WireCommand.PostKey or WireCommand.GetKey:
                var status = IsRke ? WireStatus.EncryptionTypeWrong : WireStatus.CoinNotFound;
                return _writer.WriteStatus(request, status, response);
            default:
                return HandleEchoOrSignal(request, response);
        }
    }

    private int HandleEncrypted(
        long now, in RemoteAddress source, ReadOnlySpan<byte> datagram, in RequestFrame frame, Span<byte> response)
    {
        _keys.Expire(now, MaxExpiredPerRequest);
        if (!_coins.TryFind(frame.Header.Coin, out var number))
        {
            return WriteHeaderError(now, frame.Header, datagram, WireStatus.CoinNotFound, response);
        }

        Span<byte> plain = stackalloc byte[frame.SealedBody.Length];
        var cipher = _ciphers.Get(frame.Header.Coin, number);
        var isValid = frame.TryOpen(cipher, plain, out var challenge, out var payload, out var error);
        var request = new ReceivedRequest
        {
            Header = frame.Header,
            Command = frame.Command,
            ArrivedAt = now,
            Challenge = isValid ? challenge : null,
            Cipher = cipher,
        };
        var length = !isValid
            ? _writer.WriteStatus(request, RequestErrors.StatusOf(error), response)
            : frame.Command switch
            {
                WireCommand.PostKey or WireCommand.GetKey =>
                    HandleOnce(request, _responseCache.KeyOf(datagram), source, frame, payload, response),
                WireCommand.NameLookup => HandleNameLookup(request, frame, payload, response),
                _ => HandleEchoOrSignal(request, response),
            };
        CryptographicOperations.ZeroMemory(plain);
        return length;
    }

    // Responds to a repeated datagram from the cache (docs/WIRE.md §7).
    private int HandleOnce(
        in ReceivedRequest request,
        UInt128 cacheKey,
        in RemoteAddress source,
        in RequestFrame frame,
        ReadOnlySpan<byte> payload,
        Span<byte> response)
    {
        var length = _responseCache.Find(request.ArrivedAt, cacheKey, response);
        if (length > 0)
        {
            return length;
        }

        length = frame.Command == WireCommand.PostKey
            ? HandlePostKey(request, source, payload, response)
            : HandleGetKey(request, frame, payload, response);
        _responseCache.Add(request.ArrivedAt, cacheKey, response[..length]);
        return length;
    }

    private int HandlePostKey(
        in ReceivedRequest request, in RemoteAddress source, ReadOnlySpan<byte> payload, Span<byte> response)
    {
        // An invalid post does not count towards the limit, so this check comes first (docs/WIRE.md §5, §9).
        if (!PostKeyPayload.TryRead(_options.Profile, payload, out var post, out var error))
        {
            return _writer.WriteStatus(request, RequestErrors.StatusOf(error), response);
        }

        if (_postLimit?.Allows(request.ArrivedAt, request.Header.Coin) == false)
        {
            return _writer.WriteStatus(request, WireStatus.CoinOverused, response);
        }

        // The deployed raidax server returns the coin of the payload, whichever coin authenticates the request.
        var sender = IsRke ? request.Header.Coin : post.Sender;
        if (!_keys.TryPost(request.ArrivedAt, sender, post, source.Address))
        {
            return _writer.WriteStatus(request, WireStatus.Offline, response);
        }

        _postLimit?.Count(request.ArrivedAt, request.Header.Coin);
        return _writer.WriteStatus(request, WireStatus.Success, response, trailer: IsRke);
    }

    private int HandleGetKey(
        in ReceivedRequest request, in RequestFrame frame, ReadOnlySpan<byte> payload, Span<byte> response)
    {
        if (!GetKeyPayload.TryRead(_options.Profile, payload, out var get, out var error))
        {
            return _writer.WriteStatus(request, RequestErrors.StatusOf(error), response);
        }

        var found = _keys.Find(request.ArrivedAt, get.Hash);
        if (found == PartStore.None)
        {
            return _writer.WriteStatus(request, WireStatus.KeyNotFound, response);
        }

        ref readonly var part = ref _keys[found];
        var answer = new GetKeyAnswer(part.KeyId, part.Coin, part.Sender, part.Bytes);
        var length = _writer.Write(request, frame, answer, response);
        _keys.Consume(found);
        return length;
    }

    private int HandleNameLookup(
        in ReceivedRequest request, in RequestFrame frame, ReadOnlySpan<byte> payload, Span<byte> response)
    {
        if (!NameLookupPayload.TryRead(_options.Profile, payload, out var lookup, out var error))
        {
            return _writer.WriteStatus(request, RequestErrors.StatusOf(error), response);
        }

        var status = _options.Zone.Find(lookup, out var found);
        return status == WireStatus.Success
            ? _writer.Write(request, frame, found, response)
            : _writer.WriteStatus(request, status, response);
    }

    private int HandleFreeAccount(
        in ReceivedRequest request, in RequestFrame frame, IPAddress source, ReadOnlySpan<byte> payload, Span<byte> response)
    {
        if (!FreeAccountPayload.TryRead(payload, out var free, out var error))
        {
            return _writer.WriteStatus(request, RequestErrors.StatusOf(error), response);
        }

        var status = _accounts!.OpenFree(source, request.Challenge!.Value, free.Proposed, out var number);
        return WriteAccount(request, frame, status, number, response);
    }

    private int HandlePaidAccount(
        in ReceivedRequest request,
        in RequestFrame frame,
        IPAddress source,
        ReadOnlySpan<byte> body,
        ReadOnlySpan<byte> payload,
        Span<byte> response)
    {
        if (!PaidAccountPayload.TryRead(payload, out var paid, out var error))
        {
            return _writer.WriteStatus(request, RequestErrors.StatusOf(error), response);
        }

        var status = _accounts!.OpenPaid(source, body, paid, out var number);
        return WriteAccount(request, frame, status, number, response);
    }

    private int WriteAccount(
        in ReceivedRequest request, in RequestFrame frame, WireStatus status, AuthenticityNumber number, Span<byte> response) =>
        status == WireStatus.Success
            ? _writer.Write(request, frame, new AccountAnswer(frame.Command, number), response)
            : _writer.WriteStatus(request, status, response);

    // A Signal is not for key servers. The deployed server (raidax) returns success for it, and does nothing.
    private int HandleEchoOrSignal(in ReceivedRequest request, Span<byte> response)
    {
        var isUnknown = request.Command == WireCommand.Signal && IsRke;
        return _writer.WriteStatus(request, isUnknown ? WireStatus.CommandUnknown : WireStatus.Success, response);
    }

    private int WriteHeaderError(
        long now, in RequestHeader header, ReadOnlySpan<byte> datagram, WireStatus status, Span<byte> response)
    {
        var cipher = header.EncryptionType == 1 && _coins.TryFind(header.Coin, out var number)
            ? _ciphers.Get(header.Coin, number)
            : null;
        CommandCode.TryFind(_options.Profile, header.Code, out var command);
        var request = new ReceivedRequest
        {
            Header = header,
            Command = command,
            ArrivedAt = now,
            Challenge = ReadChallenge(header, datagram, cipher),
            Cipher = cipher,
        };
        return _writer.WriteStatus(request, status, response);
    }

    // The server signs an error if it can decrypt the challenge. It uses an unencrypted challenge as it was sent, even
    // if the checksum is wrong.
    private static Challenge? ReadChallenge(in RequestHeader header, ReadOnlySpan<byte> datagram, CoinCipher? cipher)
    {
        if (datagram.Length < RequestHeader.Length + Challenge.Length || (header.EncryptionType != 0 && cipher is null))
        {
            return null;
        }

        Span<byte> plain = stackalloc byte[Challenge.Length];
        datagram.Slice(RequestHeader.Length, Challenge.Length).CopyTo(plain);
        cipher?.Apply(header.Nonce, 0, plain);
        return Challenge.TryRead(plain, out var challenge) || cipher is null ? challenge : null;
    }

    private bool AllowsAmplification(long now, int bytes)
    {
        lock (_gate)
        {
            return _amplification.Allows(now, bytes);
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private void AddToHistory(KeyEventKind kind, CoinId coin, KeyIdHash hash) =>
        _options.History!(new(kind, TimeOfDay.Now(_time), RaidaId, coin, hash));
}
