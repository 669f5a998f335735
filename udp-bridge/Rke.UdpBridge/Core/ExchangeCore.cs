using System.Buffers.Binary;
using Rke.Wire;

namespace Rke.UdpBridge.Core;

/// <summary>
/// The exchanges with one server, without I/O: admission, matching of responses, retransmission, deadlines, circuit
/// breaker and statistics. It has no socket, timer, clock, source of randomness, lock or log.
/// </summary>
/// <remarks>
/// A driver calls one method for each event, with the time of the event, and carries out what the method adds to the
/// <see cref="CoreOutput"/>: it sends datagrams and completes exchanges. It calls <see cref="HandleTimeout"/> at
/// <see cref="NextTimeout"/>. Times are measured from any origin and never go back. One thread at a time may call the
/// core. The output may be carried out later, by any thread.
/// </remarks>
internal sealed class ExchangeCore
{
    /// <summary>
    /// For this long after an exchange ended without a response, a refusal may belong to its datagrams and not to
    /// those of a later exchange.
    /// </summary>
    public static readonly TimeSpan LateRefusal = TimeSpan.FromSeconds(1);

    /// <summary>A path that fails or breaks is not replaced before it has this age.</summary>
    public static readonly TimeSpan MinPathAge = TimeSpan.FromSeconds(1);

    // After this many exchanges, another path is preferred.
    private const int MaxPreferredUses = 64;

    private readonly UdpBridgeOptions _options;
    private readonly ServerAddress _server;
    private readonly InFlightLimit _total;
    private readonly RoundTripEstimator _roundTrip;
    private readonly CircuitBreaker _breaker;
    private readonly SilenceLimit _silenceLimit = new();
    private readonly TimerWheel _wheel = new();
    private readonly List<ExchangePath> _paths = [];
    private readonly List<PendingExchange> _selected = [];
    private int _preferredPath;
    private int _preferredUses;
    private TimeSpan _lastResponse;
    private TimeSpan _wheelTimeout = TimeSpan.MaxValue;
    private bool _isClosed;

    public ExchangeCore(UdpBridgeOptions options, ServerAddress server, InFlightLimit total)
    {
        _options = options;
        _server = server;
        _total = total;
        _roundTrip = new(options);
        _breaker = new(options);
        PublishRoundTrip();
    }

    public ServerStatistics Statistics { get; } = new();

    /// <summary>
    /// A configured server gets probes while the circuit breaker is open. For any other server, the next request is the
    /// trial.
    /// </summary>
    public bool IsConfigured { get; set; }

    /// <summary>When an exchange last started or ended.</summary>
    public TimeSpan LastUsed { get; set; }

    /// <summary>The paths to the server.</summary>
    public IReadOnlyList<ExchangePath> Paths => _paths;

    /// <summary>
    /// When to call <see cref="HandleTimeout"/>. It may be earlier than necessary. MaxValue if there is nothing to do.
    /// </summary>
    public TimeSpan NextTimeout
    {
        get
        {
            var probe = IsConfigured && !_isClosed && _breaker.State == BreakerState.Open
                ? _breaker.NextTrial
                : TimeSpan.MaxValue;
            return probe < _wheelTimeout ? probe : _wheelTimeout;
        }
    }

    /// <summary>The limit of exchanges in flight is reached, for this server or in total.</summary>
    public bool IsFull => Statistics.InFlight >= _options.MaxInFlightPerServer || _total.IsReached;

    /// <summary>Adds a path. New exchanges prefer one, which changes at random.</summary>
    public void AddPath(TimeSpan now, ExchangePath path)
    {
        Open(now, path);
        _paths.Add(path);
    }

    /// <summary>Replaces a path by another one. The exchanges on the path continue on the other one.</summary>
    /// <remarks>
    /// If the driver has no other path, it does not call this. The core then requests the replacement again after the
    /// next failure.
    /// </remarks>
    public void ReplacePath(TimeSpan now, ExchangePath path, ExchangePath replacement)
    {
        var index = _paths.IndexOf(path);
        if (index < 0)
        {
            return;
        }

        Open(now, replacement);
        _paths[index] = replacement;
        Select(path.Exchanges);
        foreach (var exchange in _selected)
        {
            path.Remove(exchange);
            replacement.Add(exchange);
        }

        if (_selected.Count > 0)
        {
            (replacement.Unanswered, replacement.UnansweredSince) = (_selected.Count, now);
        }

        _selected.Clear();
    }

    /// <summary>Removes the paths and closes the circuit breaker. No exchange may be in flight.</summary>
    public void Reset()
    {
        _paths.Clear();
        _wheelTimeout = TimeSpan.MaxValue;
        _breaker.OnAlive();
        PublishBreaker();
    }

    /// <summary>Ends every exchange as Closed. The core is not used any more.</summary>
    public void Close(TimeSpan now, CoreOutput output)
    {
        _isClosed = true;
        Select(_paths.SelectMany(static path => path.Exchanges));
        FinishSelected(ExchangeOutcome.Closed, now, output);
        _paths.Clear();
        _wheelTimeout = TimeSpan.MaxValue;
    }

    /// <summary>
    /// Adds an exchange, on a path where no other exchange waits for the same echo: an unsigned error can then only
    /// belong to this exchange.
    /// </summary>
    /// <param name="mayRedraw">The caller can encode the request with another echo if this one is in use.</param>
    public Admission Admit(TimeSpan now, PendingExchange exchange, bool mayRedraw, CoreOutput output)
    {
        LastUsed = now;
        if (_breaker.State != BreakerState.Closed && !exchange.IsTrial)
        {
            if (IsConfigured || !_breaker.TryBeginTrial(now))
            {
                return Admission.BreakerOpen;
            }

            exchange.IsTrial = true;
            PublishBreaker();
        }

        var admission = SelectPath(exchange, mayRedraw);
        if (admission == Admission.Admitted)
        {
            Statistics.AddInFlight(1);
            exchange.FirstSent = now;
            exchange.Wait = _roundTrip.Timeout;
            Transmit(exchange, now, output);
        }
        else if (exchange.IsTrial && admission != Admission.EchoTaken)
        {
            _breaker.OnTrialFailed(now, exchange.NextFraction());
            PublishBreaker();
        }
        else if (admission == Admission.NoPath)
        {
            CountSilence(exchange, ReplacementReason.SendFailed, now, output);
        }

        return admission;
    }

    /// <summary>The result of a request that is not admitted. Nothing was sent.</summary>
    public Exchange Reject(TimeSpan now, ExchangeOutcome outcome)
    {
        Statistics.OnEnded(outcome);
        return new(_server, outcome)
        {
            IsUndelivered = true,
            RetryAfter = outcome switch
            {
                ExchangeOutcome.BreakerOpen => RetryAfter(now),
                ExchangeOutcome.Overloaded => _roundTrip.Timeout,
                _ => null,
            },
        };
    }

    /// <summary>
    /// Judges a datagram by docs/WIRE.md §4. It answers an exchange, or it is a hint, or it is dropped.
    /// </summary>
    /// <returns>Why the datagram was dropped, or None.</returns>
    public WireError HandleDatagram(
        TimeSpan now, ExchangePath path, ReadOnlySpan<byte> datagram, CoreOutput output)
    {
        Statistics.OnReceived();

        // Also a datagram that matches no request shows that the port receives.
        path.Unanswered = 0;
        ResponseFrame frame = default;
        var error = WireError.TooLong;
        var exchange = datagram.Length > ProfileRules.MaxResponseLength
            ? null
            : Match(path, datagram, out frame, out error);
        if (exchange is null)
        {
            Statistics.OnUnmatched(error);
            return error;
        }

        _lastResponse = now;
        _silenceLimit.OnResponse(now - exchange.FirstSent);
        _roundTrip.OnAnswer(now - exchange.FirstSent, now - exchange.LastSent, exchange.Attempts);
        PublishRoundTrip();
        Finish(exchange, ExchangeOutcome.Answered, now, output);
        output.Completions.Add(new(exchange, new(_server, exchange.Expected, frame, exchange.Iv, exchange.Cipher)
        {
            Attempts = exchange.Attempts,
            RoundTrip = now - exchange.FirstSent,
        }));
        return WireError.None;
    }

    /// <summary>
    /// Handles an ICMP message: the server is unreachable. This ends every exchange on the path. If an
    /// exchange on the path has just ended without a response, the message can belong to that exchange. Then the first
    /// message only repeats the datagrams of the other exchanges, and a second message ends them.
    /// </summary>
    /// <param name="unsent">An exchange whose first datagram was not sent yet.</param>
    public void HandleRefusal(TimeSpan now, ExchangePath path, PendingExchange? unsent, CoreOutput output)
    {
        Statistics.OnRefused();
        Select(path.Exchanges);
        PendingExchange? silent = null;
        var isAlone = now >= path.SuspectUntil && _selected.Count(exchange => exchange != unsent) == 1;
        var sent = 0;
        foreach (var exchange in _selected)
        {
            if (exchange == unsent)
            {
                continue;
            }

            if (now < path.SuspectUntil && !exchange.WasRefused)
            {
                exchange.WasRefused = true;
                _wheel.Remove(exchange);
                Transmit(exchange, now, output);
            }
            else
            {
                silent = silent is null || exchange.IsTrial ? exchange : silent;
                sent += exchange.Attempts;
                exchange.IsUndelivered = isAlone && exchange.Attempts == 1;
                End(exchange, ExchangeOutcome.Unreachable, now, output);
            }
        }

        _selected.Clear();

        // One refusal counts once, regardless of how many exchanges it ends.
        if (silent is not null)
        {
            NoteSilence(silent, ReplacementReason.Silent, now, output);
        }

        // Each datagram can cause a message.
        if (sent > 1)
        {
            path.SuspectUntil = now + LateRefusal;
        }
    }

    /// <summary>
    /// Handles a datagram that this machine could not send. The path is replaced if it is old enough, and the datagram
    /// is sent again on the new path, or on another one. If that fails too, a first datagram ends its exchange.
    /// </summary>
    /// <param name="path">The path that failed. The exchange may be on another one meanwhile.</param>
    public void HandleSendFailure(
        TimeSpan now, ExchangePath path, PendingExchange exchange, int attempt, CoreOutput output)
    {
        if (exchange.IsFinished)
        {
            return;
        }

        var isReplaced = exchange.Path != path || TryRequestReplacement(now, path, output);
        if (attempt < exchange.Attempts)
        {
            // A later datagram of the exchange is already due.
            return;
        }

        var isSentAgain = exchange.Resends switch
        {
            0 => isReplaced || (attempt == 1 && TryMove(now, exchange, output)),
            1 => attempt == 1 && TryMove(now, exchange, output),
            _ => false,
        };
        if (isSentAgain)
        {
            exchange.Resends++;
            output.Transmits.Add(new(exchange, attempt));
        }
        else if (attempt == 1)
        {
            // The result has the number of sent datagrams.
            exchange.Attempts = 0;
            End(exchange, ExchangeOutcome.SendFailed, now, output);
        }
    }

    /// <summary>Handles a caller that does not wait any more. Does nothing if the exchange has ended already.</summary>
    public void HandleCancellation(TimeSpan now, PendingExchange exchange, CoreOutput output)
    {
        if (!exchange.IsFinished)
        {
            Statistics.OnCancelled();
            Finish(exchange, outcome: null, now, output);
            output.Completions.Add(new(exchange, Result: null));
        }
    }

    /// <summary>Repeats the datagrams that are due, ends exchanges at their deadline, and starts a probe.</summary>
    public void HandleTimeout(TimeSpan now, CoreOutput output)
    {
        _wheel.Advance(now, _selected);
        foreach (var exchange in _selected)
        {
            var isLate = now >= exchange.Deadline;
            if (exchange.Hint is not null && (isLate || exchange.Attempts > exchange.HintAttempt))
            {
                End(exchange, ExchangeOutcome.Hinted, now, output);
            }
            else if (isLate)
            {
                End(exchange, ExchangeOutcome.TimedOut, now, output);
            }
            else
            {
                BackOff(exchange);
                Transmit(exchange, now, output);
            }
        }

        _selected.Clear();
        _wheelTimeout = _wheel.NextTick() is { } tick ? TimerWheel.TimeOf(tick) : TimeSpan.MaxValue;
        if (IsConfigured && !_isClosed && _breaker.TryBeginTrial(now))
        {
            PublishBreaker();
            output.IsProbeDue = true;
        }
    }

    /// <summary>Handles a probe that was due and was not sent.</summary>
    public void HandleUnsentProbe(TimeSpan now)
    {
        _breaker.OnTrialFailed(now, jitter: 0.5);
        PublishBreaker();
    }

    private Admission SelectPath(PendingExchange exchange, bool mayRedraw)
    {
        if (_paths.Count == 0)
        {
            return Admission.NoPath;
        }

        var echo = exchange.Expected.Nonce.Echo;
        var first = PreferPath(exchange);
        ExchangePath? path = null;
        for (var index = 0; index < _paths.Count && path is null; index++)
        {
            var candidate = _paths[(first + index) % _paths.Count];
            path = candidate.IsFree(echo) ? candidate : null;
        }

        if (path is null && mayRedraw)
        {
            return Admission.EchoTaken;
        }

        if (Statistics.InFlight >= _options.MaxInFlightPerServer || !_total.TryEnter())
        {
            return Admission.Overloaded;
        }

        // An encrypted request cannot choose another echo, because the echo is part of its nonce. If all paths use the echo, the
        // exchanges share it, and the signature distinguishes the responses.
        (path ?? _paths[first]).Add(exchange);
        return Admission.Admitted;
    }

    /// <summary>
    /// Selects the path that the next exchanges prefer, at random. Exchanges that follow each other use the same path, so
    /// that one system call sends and receives several of their datagrams.
    /// </summary>
    private int PreferPath(PendingExchange exchange)
    {
        if (Statistics.InFlight == 0 || --_preferredUses <= 0 || _preferredPath >= _paths.Count)
        {
            _preferredPath = (int)(exchange.NextFraction() * _paths.Count) % _paths.Count;
            _preferredUses = MaxPreferredUses;
        }

        return _preferredPath;
    }

    private PendingExchange? Match(
        ExchangePath path, ReadOnlySpan<byte> datagram, out ResponseFrame frame, out WireError error)
    {
        frame = default;
        error = WireError.None;
        var first = datagram.Length < ResponseHeader.Length
            ? null
            : path.Find(BinaryPrimitives.ReadUInt16BigEndian(datagram[6..]));
        for (var exchange = first; exchange is not null; exchange = exchange.SameEcho)
        {
            switch (ResponseFrame.Examine(exchange.Expected, datagram, out frame, out error))
            {
                case ResponseVerdict.Believed:
                    return exchange;

                // If two exchanges wait for this echo, a hint can belong to either.
                case ResponseVerdict.Hint when first!.SameEcho is null:
                    Keep(frame, exchange);
                    error = WireError.None;
                    return null;
            }
        }

        // No exchange waits for it: it is late, repeated or forged. A fault of the frame itself is the better reason.
        if (first is null && ResponseFrame.TryRead(_server.Profile, datagram, out frame, out error))
        {
            error = WireError.EchoWrong;
            if (frame.IsWrongRaidaId(_server.Profile, _server.RaidaId))
            {
                foreach (var exchange in path.Exchanges)
                {
                    Keep(frame, exchange);
                }
            }
        }

        return null;
    }

    private static void Keep(in ResponseFrame hint, PendingExchange exchange)
    {
        exchange.HintAttempt = exchange.Hint is null ? exchange.Attempts : exchange.HintAttempt;
        exchange.Hint = (hint.Header, hint.IsHeaderError);
    }

    private void Open(TimeSpan now, ExchangePath path)
    {
        path.OpenedAt = now;
        path.MaxSilence = _silenceLimit.Current;
    }

    /// <summary>Returns false if the path is too new.</summary>
    private bool TryRequestReplacement(TimeSpan now, ExchangePath path, CoreOutput output)
    {
        if (now - path.OpenedAt < MinPathAge)
        {
            return false;
        }

        RequestReplacement(path, ReplacementReason.SendFailed, now, output);
        return true;
    }

    private void RequestReplacement(ExchangePath path, ReplacementReason reason, TimeSpan now, CoreOutput output)
    {
        foreach (var requested in output.Replacements)
        {
            if (requested.Path == path)
            {
                return;
            }
        }

        output.Replacements.Add(new(path, reason));
        if (reason == ReplacementReason.Silent)
        {
            _silenceLimit.OnReplacement(now);
        }
    }

    /// <summary>
    /// Moves an exchange, of which no datagram was sent, to another path. Returns false if there is no other path.
    /// </summary>
    private bool TryMove(TimeSpan now, PendingExchange exchange, CoreOutput output)
    {
        var path = exchange.Path!;
        var index = _paths.IndexOf(path);
        if (_paths.Count < 2 || index < 0)
        {
            return false;
        }

        var echo = exchange.Expected.Nonce.Echo;
        var other = _paths[(index + 1) % _paths.Count];
        for (var step = 2; step < _paths.Count && !other.IsFree(echo); step++)
        {
            other = _paths[(index + step) % _paths.Count];
        }

        path.Remove(exchange);
        other.Add(exchange);
        CountUnanswered(other, now, output);
        return true;
    }

    /// <summary>Requests the replacement of every path that has received nothing since it last sent a datagram.</summary>
    private void ReplaceUnanswered(ReplacementReason reason, TimeSpan now, CoreOutput output)
    {
        foreach (var path in _paths)
        {
            if (path.Unanswered > 0)
            {
                RequestReplacement(path, reason, now, output);
            }
        }
    }

    /// <summary>Counts a datagram on a path, and requests the replacement of the path if it is silent.</summary>
    private void CountUnanswered(ExchangePath path, TimeSpan now, CoreOutput output)
    {
        if (_silenceLimit.IsExceeded(path, now))
        {
            RequestReplacement(path, ReplacementReason.Silent, now, output);
        }

        if (path.Unanswered++ == 0)
        {
            path.UnansweredSince = now;
        }
    }

    private void Transmit(PendingExchange exchange, TimeSpan now, CoreOutput output)
    {
        CountUnanswered(exchange.Path!, now, output);
        exchange.Attempts++;
        exchange.LastSent = now;
        output.Transmits.Add(new(exchange, exchange.Attempts));
        var next = now + (exchange.Wait * (1 + (exchange.NextFraction() / 4)));
        _wheel.Add(exchange, TimerWheel.TickOf(next < exchange.Deadline ? next : exchange.Deadline));
        var due = TimerWheel.TimeOf(exchange.DueTick);
        if (due < _wheelTimeout)
        {
            _wheelTimeout = due;
        }
    }

    /// <summary>
    /// Doubles the wait if the server was silent. If the server has responded to other requests meanwhile, only the
    /// datagram was lost: a long wait does not help, and the wait grows by a quarter.
    /// </summary>
    private void BackOff(PendingExchange exchange)
    {
        var wait = (_lastResponse > exchange.LastSent ? 1.25 : 2) * exchange.Wait;
        exchange.Wait = wait < _options.MaxRetransmission ? wait : _options.MaxRetransmission;
    }

    private void End(PendingExchange exchange, ExchangeOutcome outcome, TimeSpan now, CoreOutput output)
    {
        Finish(exchange, outcome, now, output);
        var (header, isHeaderError) = exchange.Hint.GetValueOrDefault();
        var result = outcome == ExchangeOutcome.Hinted
            ? new Exchange(_server, outcome, exchange.Expected, header, isHeaderError)
            {
                Attempts = exchange.Attempts,
                RoundTrip = now - exchange.FirstSent,
            }
            : new Exchange(_server, outcome)
            {
                Attempts = exchange.Attempts,
                IsUndelivered = exchange.IsUndelivered || outcome == ExchangeOutcome.SendFailed,
                RoundTrip = now - exchange.FirstSent,
                RetryAfter = _breaker.State == BreakerState.Closed ? null : RetryAfter(now),
            };
        output.Completions.Add(new(exchange, result));
    }

    /// <summary>Removes an exchange, and updates loss and circuit breaker.</summary>
    /// <param name="outcome">Null if the caller cancelled the exchange.</param>
    private void Finish(PendingExchange exchange, ExchangeOutcome? outcome, TimeSpan now, CoreOutput output)
    {
        exchange.IsFinished = true;
        exchange.IsAbandoned = outcome is null or ExchangeOutcome.TimedOut;
        LastUsed = now;
        exchange.Path!.Remove(exchange);
        _wheel.Remove(exchange);
        Statistics.AddInFlight(-1);
        _total.Leave();
        if (outcome is { } known)
        {
            Statistics.OnEnded(known);
        }

        switch (outcome)
        {
            case ExchangeOutcome.Answered or ExchangeOutcome.Hinted:
                if (_breaker.OnAlive())
                {
                    PublishBreaker();
                    output.BreakerChanges.Add(BreakerState.Closed);
                }

                break;
            case ExchangeOutcome.TimedOut or null:
                exchange.Path.SuspectUntil = now + LateRefusal;
                _roundTrip.OnLost(outcome is null ? exchange.Attempts - 1 : exchange.Attempts);
                PublishRoundTrip();

                // An exchange that did not wait for one retransmission says nothing about the server.
                if (exchange.IsTrial || exchange.Attempts > 1)
                {
                    NoteSilence(exchange, ReplacementReason.Silent, now, output);
                }

                break;
            case ExchangeOutcome.SendFailed:
                NoteSilence(exchange, ReplacementReason.SendFailed, now, output);
                break;
        }
    }

    /// <summary>
    /// Updates the circuit breaker. If it opens, or if a trial fails, the ports may be the cause: they are replaced.
    /// </summary>
    private void NoteSilence(
        PendingExchange exchange, ReplacementReason reason, TimeSpan now, CoreOutput output)
    {
        if (exchange.IsTrial)
        {
            _breaker.OnTrialFailed(now, exchange.NextFraction());
            PublishBreaker();
            ReplaceUnanswered(reason, now, output);
        }
        else
        {
            CountSilence(exchange, reason, now, output);
        }
    }

    private void CountSilence(
        PendingExchange exchange, ReplacementReason reason, TimeSpan now, CoreOutput output)
    {
        if (_breaker.OnSilence(now, exchange.NextFraction()))
        {
            PublishBreaker();
            output.BreakerChanges.Add(BreakerState.Open);
            ReplaceUnanswered(reason, now, output);
        }
    }

    /// <summary>The time until the next trial, and a usual wait for its response.</summary>
    private TimeSpan RetryAfter(TimeSpan now)
    {
        var pause = _breaker.NextTrial - now;
        return (pause > TimeSpan.Zero ? pause : TimeSpan.Zero) + _roundTrip.Timeout;
    }

    // Copied, because the exchanges leave the path while they are handled.
    private void Select(IEnumerable<PendingExchange> exchanges) => _selected.AddRange(exchanges);

    private void FinishSelected(ExchangeOutcome outcome, TimeSpan now, CoreOutput output)
    {
        foreach (var exchange in _selected)
        {
            End(exchange, outcome, now, output);
        }

        _selected.Clear();
    }

    private void PublishBreaker() => Statistics.SetBreaker(_breaker.State);

    private void PublishRoundTrip() =>
        Statistics.SetRoundTrip(_roundTrip.Smoothed, _roundTrip.Variation, _roundTrip.Timeout, _roundTrip.Loss);
}

/// <summary>Whether the core accepts an exchange.</summary>
internal enum Admission
{
    Admitted,

    /// <summary>On every path, another exchange waits for this echo. The caller encodes the request again.</summary>
    EchoTaken,

    /// <summary>The limit of exchanges in flight is reached.</summary>
    Overloaded,
    BreakerOpen,

    /// <summary>The server has no path.</summary>
    NoPath,
}
