using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.UdpBridge.Tests.Simulation;

/// <summary>
/// One run: the core and a model key server exchange datagrams over a simulated network, in virtual time. The seed
/// decides everything. The run checks the core after every event.
/// </summary>
internal sealed class SimulatedRun
{
    private readonly Scenario _scenario;
    private readonly Dice _dice;
    private readonly ModelKeyServer _server;
    private readonly SimulatedNetwork _network;
    private readonly InFlightLimit _total;
    private readonly ExchangeCore _core;
    private readonly BreakerModel _breaker;
    private readonly CoreOutput _output = new();
    private readonly Queue<Transmit> _unsent = new();
    private readonly HashSet<int> _echoes = [];
    private readonly SimulatedExchange?[] _exchanges;
    private readonly TimeSpan _slack;
    private readonly Action<string>? _trace;
    private TimeSpan _now;
    private TimeSpan _timerDue = TimeSpan.MaxValue;
    private TimeSpan _timerFires = TimeSpan.MaxValue;
    private TimeSpan _firstWait;
    private int _inFlight;
    private int _unended;
    private bool _isClosed;
    private TimeSpan _maxSilence = TimeSpan.FromSeconds(2);
    private long _received;

    // A late signed error then looks like an unsigned error of a later exchange with the same echo.
    private bool _areEchoesReused;

    private SimulatedRun(ulong seed, ModelKeyServer server, Action<string>? trace)
    {
        _dice = new(seed);
        _scenario = Scenario.Draw(_dice);
        _server = server;
        _trace = trace;
        _network = new(_scenario, _dice);
        _total = new(_scenario.Options.MaxInFlight);
        _core = new(_scenario.Options, _scenario.Server, _total) { IsConfigured = _scenario.IsConfigured };
        _breaker = new(_scenario.Options);
        _exchanges = new SimulatedExchange?[_scenario.ExchangeCount];
        _unended = _scenario.ExchangeCount;

        // A tick of the timer wheel, and a timer that is rounded up to a millisecond.
        _slack = _scenario.TimerDelay + TimerWheel.TickLength + TimeSpan.FromMilliseconds(1);
        _trace?.Invoke(_scenario.ToString());
    }

    /// <summary>A hash over all events and their results.</summary>
    public ulong Hash { get; private set; }

    /// <summary>How many exchanges had each outcome. The last number counts the cancelled ones.</summary>
    public int[] Outcomes { get; } = new int[Enum.GetValues<ExchangeOutcome>().Length + 1];

    public int Datagrams { get; private set; }

    public int BreakerChanges { get; private set; }

    /// <summary>How many paths were replaced for each reason.</summary>
    public int[] Replacements { get; } = new int[Enum.GetValues<ReplacementReason>().Length];

    /// <summary>Runs a seed.</summary>
    /// <param name="trace">Gets a line for each event.</param>
    /// <exception cref="PropertyViolation">A property does not hold.</exception>
    public static SimulatedRun Run(ulong seed, ModelKeyServer server, Action<string>? trace = null)
    {
        var run = new SimulatedRun(seed, server, trace);
        run.Run();
        return run;
    }

    private static void Check(bool isTrue, string complaint)
    {
        if (!isTrue)
        {
            throw new PropertyViolation($"{complaint}.");
        }
    }

    private void Run()
    {
        for (var index = 0; index < _scenario.ExchangeCount; index++)
        {
            _network.Schedule(_dice.UpTo(_scenario.StartSpan), new(NetworkEventKind.Start, Index: index));
        }

        for (var count = 0; count < _scenario.BrokenPaths; count++)
        {
            _network.Schedule(_dice.UpTo(_scenario.StartSpan), new(NetworkEventKind.Break));
        }

        for (var count = 0; count < _scenario.Deaths; count++)
        {
            _network.Schedule(_dice.UpTo(_scenario.StartSpan), new(NetworkEventKind.Death));
        }

        if (_scenario.IsClosedEarly)
        {
            _network.Schedule(_dice.UpTo(_scenario.StartSpan), new(NetworkEventKind.Close));
        }

        while (true)
        {
            if (_unended == 0)
            {
                // Otherwise the probes of an open circuit breaker never end.
                _core.IsConfigured = false;
            }

            var next = _network.NextTime;
            var isTimer = _timerFires < next;
            if (!isTimer && next == TimeSpan.MaxValue)
            {
                break;
            }

            _now = isTimer ? _timerFires : next;
            Check(_now < TimeSpan.FromHours(1), "the run does not end");
            if (isTimer)
            {
                FireTimer();
            }
            else
            {
                Handle(_network.Take());
            }

            SendAll();
        }

        CheckEnd();
    }

    private void Handle(NetworkEvent next)
    {
        switch (next.Kind)
        {
            case NetworkEventKind.Start:
                Start(next.Index);
                break;
            case NetworkEventKind.Cancel when !_isClosed:
                Note("cancel", next.Index);
                _core.HandleCancellation(_now, _exchanges[next.Index]!, _output);
                Observe();
                break;
            case NetworkEventKind.Request:
                Arrive(next.Path!, next.Datagram!);
                break;
            case NetworkEventKind.Response:
                Receive(next.Path!, next.Datagram!);
                break;
            case NetworkEventKind.Refusal when next.Path!.PendingRefusals > 0:
                next.Path.PendingRefusals--;
                Note("refusal", 0);
                _core.HandleRefusal(_now, next.Path, unsent: null, _output);
                Observe(isRefusal: true);
                break;
            case NetworkEventKind.Break when _core.Paths.Count > 0:
                Note("break", 0);
                var path = (SimulatedPath)_core.Paths[_dice.Below(_core.Paths.Count)];
                (path.IsFailing, path.IsDeaf) = (true, true);
                if (_dice.Chance(0.7))
                {
                    Replace(new(path, ReplacementReason.Broken));
                }

                break;
            case NetworkEventKind.Death when _core.Paths.Count > 0:
                var isFailing = _dice.Chance(0.5);
                Note("death", isFailing ? 1 : 0);
                var only = _dice.Chance(0.5) ? _core.Paths[_dice.Below(_core.Paths.Count)] : null;
                foreach (var dead in _core.Paths.Cast<SimulatedPath>().Where(dead => only is null || dead == only))
                {
                    dead.IsFailing |= isFailing;
                    dead.IsDeaf |= !isFailing;
                }

                break;
            case NetworkEventKind.Close:
                Note("close", 0);
                _core.Close(_now, _output);
                _isClosed = true;
                Observe();
                break;
        }
    }

    private void Start(int index)
    {
        var deadline = _now + TimeSpan.FromMilliseconds(1) + _dice.UpTo(_scenario.MaxPatience);
        KeyIdHash? hash = null;
        if (_scenario.IsEncrypted || _dice.Chance(0.8))
        {
            Span<byte> bytes = stackalloc byte[KeyIdHash.Length];
            _dice.Fill(bytes);
            hash = KeyIdHash.Read(bytes);
        }

        var exchange = Encode(index, hash, deadline);
        Note("start", index);
        if (_isClosed)
        {
            End(ExchangeOutcome.Closed);
            return;
        }

        var admission = TryAdmit(ref exchange);
        if (admission != Admission.Admitted)
        {
            End(admission switch
            {
                Admission.BreakerOpen => ExchangeOutcome.BreakerOpen,
                Admission.NoPath => ExchangeOutcome.SendFailed,
                _ => ExchangeOutcome.Overloaded,
            });
            return;
        }

        _exchanges[index] = exchange;
        if (_dice.Chance(_scenario.Cancelled))
        {
            _network.Schedule(_now + _dice.UpTo(_scenario.MaxPatience), new(NetworkEventKind.Cancel, Index: index));
        }
    }

    private SimulatedExchange Encode(int index, KeyIdHash? hash, TimeSpan deadline)
    {
        Span<byte> random = stackalloc byte[EncodedRequest.RandomLength];
        _dice.Fill(random);
        var echo = _dice.Below(_scenario.EchoCount);
        random[^2] = (byte)(echo >> 8);
        random[^1] = (byte)echo;
        RequestEncryption? encryption = null;
        if (_scenario.IsEncrypted && index >= 0)
        {
            var coin = new CoinId(1, (uint)_dice.Below(100));
            encryption = new(coin, _server.Cipher(coin), new(((ulong)index << 32) | (uint)echo));
        }

        _areEchoesReused |= !_echoes.Add(echo);
        var request = hash is { } wanted
            ? EncodedRequest.Encode(_scenario.Server, new GetKeyPayload(wanted), encryption, random)
            : EncodedRequest.Encode(_scenario.Server, new EchoPayload(), encryption, random);
        return new(request, encryption?.Cipher, _scenario.Iv, deadline, index, hash);
    }

    /// <summary>Admits an exchange as the driver does: with another echo if there is a choice.</summary>
    private Admission TryAdmit(ref SimulatedExchange exchange)
    {
        const int MaxDraws = 8;
        while (_core.Paths.Count < (_scenario.IsConfigured ? _scenario.Options.SocketsPerServer : 1)
            && !_dice.Chance(_scenario.SendTrouble))
        {
            _core.AddPath(_now, new SimulatedPath());
        }

        for (var draws = 1; ; draws++)
        {
            var isTrial = exchange.IsTrial;
            var state = _breaker.State;
            var mayRedraw = !_scenario.IsEncrypted && exchange.Index >= 0 && draws <= MaxDraws;
            _firstWait = _core.Statistics.RetransmissionTimeout;
            var admission = _core.Admit(_now, exchange, mayRedraw, _output);
            Check(
                state != BreakerState.Probing || isTrial || admission == Admission.BreakerOpen,
                "an exchange is admitted during a trial");
            if (state == BreakerState.Open && !isTrial)
            {
                Check(
                    admission == Admission.BreakerOpen || (!_core.IsConfigured && _now >= _breaker.EarliestTrial),
                    "the open breaker admits an exchange too early");
                Check(
                    admission != Admission.BreakerOpen || _core.IsConfigured || _now <= _breaker.LatestTrial,
                    "the open breaker admits no trial");
                if (admission != Admission.BreakerOpen)
                {
                    _breaker.BeginTrial();
                }
            }
            else if (state == BreakerState.Closed)
            {
                Check(admission != Admission.BreakerOpen, "the closed breaker rejects an exchange");
            }

            if (admission == Admission.NoPath || (exchange.IsTrial && admission == Admission.Overloaded))
            {
                _breaker.Silence(_now, exchange.IsTrial);
            }

            if (admission == Admission.Admitted)
            {
                _inFlight++;
                Check(_inFlight <= _scenario.Options.MaxInFlightPerServer, "too many exchanges are in flight");
                Check(_inFlight <= _scenario.Options.MaxInFlight, "too many exchanges are in flight in total");
            }

            Note(admission.ToString(), (int)admission);
            Observe();
            if (admission != Admission.EchoTaken)
            {
                return admission;
            }

            isTrial = exchange.IsTrial;
            exchange = Encode(exchange.Index, exchange.Hash, exchange.Deadline);
            exchange.IsTrial = isTrial;
        }
    }

    private void FireTimer()
    {
        _timerDue = TimeSpan.MaxValue;
        _timerFires = TimeSpan.MaxValue;
        Note("timer", 0);
        _core.HandleTimeout(_now, _output);
        if (Observe())
        {
            var exchange = Encode(-1, hash: null, _now + _scenario.Options.MaxRetransmission);
            exchange.IsTrial = true;
            TryAdmit(ref exchange);
        }
    }

    private void Arrive(SimulatedPath path, byte[] datagram)
    {
        if (_now >= _scenario.Outage.From && _now < _scenario.Outage.To)
        {
            if (_scenario.IsRefusing)
            {
                path.PendingRefusals++;
                _network.Schedule(_now + _scenario.MinDelay, new(NetworkEventKind.Refusal, path));
            }

            return;
        }

        var isHint = _dice.Chance(_scenario.Hinted);
        var response = _server.Respond(_scenario.Server, _scenario.Iv, datagram, isHint);
        if (response.Length > 0)
        {
            _network.Carry(_now, NetworkEventKind.Response, path, response);
        }
    }

    private void Receive(SimulatedPath path, byte[] datagram)
    {
        if (path.IsDeaf)
        {
            return;
        }

        path.OnReceived();
        _received++;
        Note("response", (long)XxHash3.HashToUInt64(datagram));
        var hints = _core.Statistics.Hints;
        var echo = datagram.Length < ResponseHeader.Length
            ? -1
            : BinaryPrimitives.ReadUInt16BigEndian(datagram.AsSpan(6));
        var waiting = path.Exchanges.Count(exchange => exchange.Expected.Nonce.Echo == echo);
        var error = _core.HandleDatagram(_now, path, datagram, _output);
        Check(_core.Statistics.Hints == hints || waiting == 1, "a hint is kept that can belong to several exchanges");
        Note(error.ToString(), (int)error);
        Observe();
    }

    private void SendAll()
    {
        while (_unsent.TryDequeue(out var transmit))
        {
            var exchange = (SimulatedExchange)transmit.Exchange;
            var path = (SimulatedPath)exchange.Path!;
            if (!exchange.IsFinished && path.PendingRefusals > 0)
            {
                path.PendingRefusals--;
                Note("refused send", exchange.Index);
                _core.HandleRefusal(_now, path, transmit.Attempt == 1 ? exchange : null, _output);
                Observe(isRefusal: true);
            }

            if (exchange.IsFinished)
            {
                continue;
            }

            // The refusal may have replaced the path.
            path = (SimulatedPath)exchange.Path!;

            if (path.IsFailing || _dice.Chance(_scenario.SendTrouble))
            {
                if (path.IsFailing || _dice.Chance(0.5))
                {
                    FailSend(path, transmit);
                }

                continue;
            }

            Check(
                _scenario.SendTrouble > 0 || !path.IsSilent(_now, _maxSilence),
                "a path stays in use that has received nothing for too long");
            path.OnSent(_now);
            Datagrams++;
            _core.Statistics.OnSent(transmit.Attempt);
            _network.Carry(_now, NetworkEventKind.Request, path, exchange.Datagram);
        }
    }

    private void FailSend(SimulatedPath path, in Transmit transmit)
    {
        var exchange = (SimulatedExchange)transmit.Exchange;
        var isOld = _now - path.OpenedAt >= ExchangeCore.MinPathAge;
        Note("failed send", exchange.Index);
        _core.HandleSendFailure(_now, path, exchange, transmit.Attempt, _output);
        Check(
            !isOld || _output.Replacements.Any(replacement => replacement.Path == path),
            "a path that cannot send is not replaced");
        Observe(isSendFailure: true);
    }

    private void Replace(in Replacement replacement)
    {
        if (_dice.Chance(_scenario.SendTrouble))
        {
            return;
        }

        Note("replace", (int)replacement.Reason);
        Replacements[(int)replacement.Reason]++;
        Check(_core.Paths.Contains(replacement.Path), "a path is replaced that is not in use");
        _core.ReplacePath(_now, replacement.Path, new SimulatedPath());
        Check(!replacement.Path.Exchanges.Any(), "an exchange stays on a path that was replaced");
    }

    /// <summary>Checks what the core has added to the output. Returns true if a probe is due.</summary>
    private bool Observe(bool isRefusal = false, bool isSendFailure = false)
    {
        foreach (var transmit in _output.Transmits)
        {
            var exchange = (SimulatedExchange)transmit.Exchange;
            Note("transmit", exchange.Index);
            exchange.CheckTransmit(
                _now, transmit.Attempt, isRefusal, isSendFailure, _firstWait, _scenario.Options, _slack);
            _unsent.Enqueue(transmit);
        }

        foreach (var replacement in _output.Replacements)
        {
            // The longest limit that the rule allows: it doubles with each replacement until the server responds.
            _maxSilence = replacement.Reason == ReplacementReason.Silent ? 2 * _maxSilence : _maxSilence;
            Replace(replacement);
        }

        var unreachable = 0;
        var isTrialUnreachable = false;
        foreach (var (pending, result) in _output.Completions)
        {
            var exchange = (SimulatedExchange)pending;
            Note(result?.Outcome.ToString() ?? "Cancelled", exchange.Index);
            exchange.CheckEnd(_now, result, _scenario.Server.Profile, _scenario.HasHints || _areEchoesReused, _slack);
            _inFlight--;
            switch (result?.Outcome)
            {
                case ExchangeOutcome.Answered:
                    _breaker.Alive();
                    var twice = 2 * result.RoundTrip;
                    _maxSilence = twice < TimeSpan.FromSeconds(2) ? TimeSpan.FromSeconds(2) : twice;
                    break;
                case ExchangeOutcome.Hinted:
                    _breaker.Alive();
                    break;
                case ExchangeOutcome.TimedOut or null when exchange.IsTrial || exchange.Attempts > 1:
                case ExchangeOutcome.SendFailed:
                    _breaker.Silence(_now, exchange.IsTrial);
                    break;
                case ExchangeOutcome.Unreachable:
                    unreachable++;
                    isTrialUnreachable |= exchange.IsTrial;
                    break;
            }

            if (exchange.Index >= 0)
            {
                End(result?.Outcome);
            }

            result?.Dispose();
        }

        // One refusal counts once.
        if (unreachable > 0)
        {
            Check(isRefusal, "an exchange is unreachable without a refusal");
            _breaker.Silence(_now, isTrialUnreachable);
        }

        var isProbeDue = _output.IsProbeDue;
        if (isProbeDue)
        {
            Check(_breaker.State == BreakerState.Open && _core.IsConfigured, "a probe is sent that is not needed");
            Check(_now >= _breaker.EarliestTrial, "a probe is early");
            Check(_now <= _breaker.LatestTrial + _slack, "a probe is late");
            _breaker.BeginTrial();
        }

        Check(_output.BreakerChanges.SequenceEqual(_breaker.Changes), "the breaker does not follow its rule");
        Check(_core.Statistics.Breaker == _breaker.State, "the state of the breaker is wrong");
        Check(_core.Statistics.InFlight == _inFlight, "the number of exchanges in flight is wrong");
        BreakerChanges += _breaker.Changes.Count;
        _breaker.Changes.Clear();
        _output.Clear();
        SetTimer();
        return isProbeDue;
    }

    private void SetTimer()
    {
        var due = _core.NextTimeout;
        if (due < _timerDue)
        {
            _timerDue = due;
            var wait = Math.Ceiling(Math.Max(0, (due - _now).TotalMilliseconds));
            _timerFires = _now + TimeSpan.FromMilliseconds(wait) + _dice.UpTo(_scenario.TimerDelay);
        }
    }

    private void End(ExchangeOutcome? outcome)
    {
        _unended--;
        Outcomes[outcome is { } known ? (int)known : ^1]++;
    }

    private void CheckEnd()
    {
        Check(_unended == 0, $"{_unended} exchanges do not end");
        Check(Outcomes.Sum() == _scenario.ExchangeCount, "the number of results is not the number of exchanges");
        Check(_core.Paths.All(static path => !path.Exchanges.Any()), "an exchange stays in the table of its path");
        Check(_core.Statistics.Received == _received, "the received datagrams are not counted");
        Check(_core.Statistics.Sent == Datagrams, "the sent datagrams are not counted");
        Check(_core.NextTimeout == TimeSpan.MaxValue, "the core waits for a timeout without an exchange");
        for (var count = 0; count < _scenario.Options.MaxInFlight; count++)
        {
            Check(_total.TryEnter(), "an exchange stays in the total");
        }
    }

    private void Note(string what, long detail)
    {
        Hash = (Hash ^ XxHash3.HashToUInt64(MemoryMarshal.AsBytes(what.AsSpan()))) * 0x9E3779B97F4A7C15;
        Hash = (Hash ^ (ulong)_now.Ticks ^ ulong.RotateLeft((ulong)detail, 32)) * 0xBF58476D1CE4E5B9;
        Hash ^= Hash >> 29;
        _trace?.Invoke(
            string.Create(CultureInfo.InvariantCulture, $"{_now.TotalMilliseconds,10:F3} ms  {what} {detail}"));
    }
}
