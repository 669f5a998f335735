using System.Security.Cryptography;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Replies;
using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>
/// One key server without its socket: a datagram in, the datagram that answers it out (docs/WIRE.md §5-§9). Safe for
/// use by several threads. It allocates nothing for an Echo.
/// </summary>
public sealed class KeyServer : IDisposable
{
    private const int ExpiredAtOnce = 16;
    private const int SweptAtOnce = 256;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long MicrosecondsPerSecond = 1_000_000;

    private readonly Lock _gate = new();
    private readonly KeyServerOptions _options;
    private readonly CoinTable _coins;
    private readonly TimeProvider _time;
    private readonly CipherCache _ciphers = new();
    private readonly KeyTable _keys;
    private readonly PostLimit? _limit;
    private readonly ReplyCache _replies;
    private readonly SurplusBudget _surplus;

    /// <summary>Makes a server.</summary>
    /// <param name="raidaId">Its number, 0-24.</param>
    /// <param name="options">Of which it takes profile, network, limits, zone and history.</param>
    /// <param name="coins">The coins that it knows.</param>
    /// <param name="capacity">Shared by the servers of a process.</param>
    /// <param name="time">The clock.</param>
    public KeyServer(
        byte raidaId, KeyServerOptions options, CoinTable coins, KeyCapacity capacity, TimeProvider time)
    {
        RaidaId = raidaId;
        _options = options;
        _coins = coins;
        _time = time;
        _keys = new(options.Profile, Ticks(options.KeyLife), capacity, options.History is null ? null : Tell);
        _limit = options.PostLimit is { } posts ? new(posts, Ticks(options.PostWindow)) : null;
        _replies = new(options.MaxReplies, Ticks(options.ReplyLife));
        _surplus = new(options.SurplusBytesPerSecond, time.TimestampFrequency);
    }

    /// <summary>The server's number.</summary>
    public byte RaidaId { get; }

    private bool IsRke => _options.Profile == WireProfile.Rke;

    /// <summary>How many key parts wait.</summary>
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

    /// <summary>Answers a datagram and returns the answer's length; 0 = silence.</summary>
    /// <param name="source">Where the datagram came from.</param>
    /// <param name="datagram">All of it, or the first 1401 bytes of a longer one.</param>
    /// <param name="answer">At least <see cref="ProfileRules.MaxResponseLength"/> bytes.</param>
    public int Handle(in RemoteAddress source, ReadOnlySpan<byte> datagram, Span<byte> answer)
    {
        var now = _time.GetTimestamp();
        if (!RequestHeader.TryRead(datagram, out var header) || Refusals.IsAnswer(datagram))
        {
            return 0;
        }

        RequestFrame.TryRead(_options.Profile, datagram, out var frame, out var error);
        var status = Refusals.Judge(header, error, RaidaId, _options.Network);
        if (status == WireStatus.Success && header.EncryptionType == 0)
        {
            return HandlePlain(now, frame, datagram.Length, answer);
        }

        lock (_gate)
        {
            return status == WireStatus.Success
                ? HandleSealed(now, source, datagram, frame, answer)
                : Refuse(now, header, datagram, status, answer);
        }
    }

    /// <summary>Forgets, and zeroes, every key part whose life has ended, though nobody asks anything.</summary>
    public void Sweep()
    {
        var more = true;
        while (more)
        {
            lock (_gate)
            {
                more = _keys.Expire(_time.GetTimestamp(), SweptAtOnce);
            }
        }
    }

    /// <summary>Forgets every cipher and zeroes every key part.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ciphers.Dispose();
            _keys.Clear();
        }
    }

    private int HandlePlain(long now, in RequestFrame frame, int requestLength, Span<byte> answer)
    {
        Span<byte> plain = stackalloc byte[frame.SealedBody.Length];
        var right = frame.TryOpen(null, plain, out var challenge, out var payload, out var error);
        var question = new Question
        {
            Header = frame.Header,
            Command = frame.Command,
            Start = now,
            Challenge = challenge,
            Cipher = null,
        };
        if (!right)
        {
            return Say(question, Refusals.StatusOf(error), answer);
        }

        switch (frame.Command)
        {
            case WireCommand.NameLookup:
                var length = LookUp(question, frame, payload, answer);
                return length <= requestLength || MaySend(now, length - requestLength) ? length : 0;

            // A key part is between a coin and the server, and here is no coin.
            case WireCommand.PostKey or WireCommand.GetKey:
                return Say(question, IsRke ? WireStatus.EncryptionTypeWrong : WireStatus.CoinNotFound, answer);
            default:
                return SayWhatNeedsNoPayload(question, answer);
        }
    }

    private int HandleSealed(
        long now, in RemoteAddress source, ReadOnlySpan<byte> datagram, in RequestFrame frame, Span<byte> answer)
    {
        _keys.Expire(now, ExpiredAtOnce);
        if (!_coins.TryFind(frame.Header.Coin, out var coin, out var number))
        {
            return Refuse(now, frame.Header, datagram, WireStatus.CoinNotFound, answer);
        }

        Span<byte> plain = stackalloc byte[frame.SealedBody.Length];
        var cipher = _ciphers.For(coin, number);
        var right = frame.TryOpen(cipher, plain, out var challenge, out var payload, out var error);
        var question = new Question
        {
            Header = frame.Header,
            Command = frame.Command,
            Start = now,
            Challenge = right ? challenge : null,
            Cipher = cipher,
        };
        var length = !right ? Say(question, Refusals.StatusOf(error), answer) : frame.Command switch
        {
            WireCommand.PostKey or WireCommand.GetKey =>
                Once(question, ReplyCache.Name(source, datagram), coin, source, frame, payload, answer),
            WireCommand.NameLookup => LookUp(question, frame, payload, answer),
            _ => SayWhatNeedsNoPayload(question, answer),
        };
        CryptographicOperations.ZeroMemory(plain);
        return length;
    }

    // Answers a datagram that comes again as it was answered before (docs/WIRE.md §7).
    private int Once(
        in Question question,
        UInt128 name,
        int coin,
        in RemoteAddress source,
        in RequestFrame frame,
        ReadOnlySpan<byte> payload,
        Span<byte> answer)
    {
        var length = _replies.Find(question.Start, name, answer);
        if (length == 0)
        {
            length = frame.Command == WireCommand.PostKey
                ? Post(question, coin, source, payload, answer)
                : Get(question, frame, payload, answer);
            _replies.Keep(question.Start, name, answer[..length]);
        }

        return length;
    }

    private int Post(
        in Question question, int coin, in RemoteAddress source, ReadOnlySpan<byte> payload, Span<byte> answer)
    {
        // KL is judged before KS, and both before the limit: only what could be stored counts (docs/WIRE.md §5, §9).
        if (!PostKeyPayload.TryRead(_options.Profile, payload, out var post, out var error))
        {
            return Say(question, Refusals.StatusOf(error), answer);
        }

        if (_limit?.Admits(question.Start, coin) == false)
        {
            return Say(question, WireStatus.CoinOverused, answer);
        }

        if (!_keys.TryPost(question.Start, question.Header.Coin, post, source.Address))
        {
            return Say(question, WireStatus.Offline, answer);
        }

        _limit?.Count(question.Start, coin);
        return Say(question, WireStatus.Success, answer, trailer: IsRke);
    }

    private int Get(in Question question, in RequestFrame frame, ReadOnlySpan<byte> payload, Span<byte> answer)
    {
        if (!GetKeyPayload.TryRead(_options.Profile, payload, out var get, out var error))
        {
            return Say(question, Refusals.StatusOf(error), answer);
        }

        var found = _keys.Find(question.Start, get.Hash);
        if (found < 0)
        {
            return Say(question, WireStatus.KeyNotFound, answer);
        }

        ref var record = ref _keys[found];
        var length = Write(
            question,
            frame,
            new GetKeyAnswer(record.KeyId, record.Coin, RemoteAddress.ToIPAddress(record.Sender), record.Part),
            answer);
        _keys.HandOut(found);
        return length;
    }

    private int LookUp(in Question question, in RequestFrame frame, ReadOnlySpan<byte> payload, Span<byte> answer)
    {
        if (!NameLookupPayload.TryRead(_options.Profile, payload, out var asked, out var error))
        {
            return Say(question, Refusals.StatusOf(error), answer);
        }

        var status = _options.Zone.Find(asked, out var found);
        return status == WireStatus.Success ? Write(question, frame, found, answer) : Say(question, status, answer);
    }

    // Echo; and Signal, which the deployed server answers and ignores, and which is not for key servers in rke.
    private int SayWhatNeedsNoPayload(in Question question, Span<byte> answer) => Say(
        question,
        question.Command == WireCommand.Signal && IsRke ? WireStatus.CommandUnknown : WireStatus.Success,
        answer);

    private int Refuse(
        long now, in RequestHeader header, ReadOnlySpan<byte> datagram, WireStatus status, Span<byte> answer)
    {
        var cipher = header.EncryptionType == 1 && _coins.TryFind(header.Coin, out var coin, out var number)
            ? _ciphers.For(coin, number)
            : null;
        CommandCode.TryFind(_options.Profile, header.Code, out var command);
        var question = new Question
        {
            Header = header,
            Command = command,
            Start = now,
            Challenge = ReadChallenge(header, datagram, cipher),
            Cipher = cipher,
        };
        return Say(question, status, answer);
    }

    // An error is signed if its request can be opened that far: an unencrypted challenge is signed as it was sent.
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

    private int Write<TPayload>(in Question question, in RequestFrame frame, in TPayload payload, Span<byte> answer)
        where TPayload : IPayload, allows ref struct => ResponseFrame.Write(
            answer,
            frame,
            question.Challenge!.Value,
            ExecutionTime(question),
            payload,
            _options.ResponseIv,
            question.Cipher);

    private int Say(in Question question, WireStatus status, Span<byte> answer, bool trailer = false)
    {
        var (value, isHeaderError) = WireStatuses.Encode(_options.Profile, question.Command, status);
        return ResponseFrame.WriteStatus(
            answer,
            _options.Profile,
            question.Header,
            RaidaId,
            value,
            isHeaderError,
            question.Challenge,
            ExecutionTime(question),
            trailer,
            question.Cipher);
    }

    private uint ExecutionTime(in Question question)
    {
        var frequency = _time.TimestampFrequency;
        var ticks = Math.Clamp(_time.GetTimestamp() - question.Start, 0, 4 * frequency);
        var unit = IsRke ? NanosecondsPerSecond : MicrosecondsPerSecond;
        return (uint)((ulong)ticks * (ulong)unit / (ulong)frequency);
    }

    private bool MaySend(long now, int surplus)
    {
        lock (_gate)
        {
            return _surplus.TrySpend(now, surplus);
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private void Tell(KeyEventKind kind, CoinId coin, KeyIdHash hash) =>
        _options.History!(new(kind, _time.GetUtcNow(), RaidaId, coin, hash));
}
