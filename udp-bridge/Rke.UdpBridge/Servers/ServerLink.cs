using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.UdpBridge.Core;
using Rke.UdpBridge.Transports;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// Sends requests to one server. It drives the <see cref="ExchangeCore"/> of the server: it opens the ports, sends the
/// datagrams, sets the timer, and completes the callers.
/// </summary>
/// <remarks>One lock guards the core. Datagrams are sent and callers are completed outside of the lock.</remarks>
public sealed class ServerLink
{
    private const int MaxEchoDraws = 8;
    private const int PortsOfOtherServer = 1;

    // The datagrams that one thread handles before the callers of the first ones continue.
    private const int MaxDatagramsInARow = 16;

    // Up to this number of requests in flight, a datagram is sent at once. It does not wait for others.
    private const int MaxInFlightToSendAtOnce = 2;

    private static readonly TimeSpan PauseAfterFailedOpen = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly BridgeContext _context;
    private readonly ExchangeCore _core;
    private readonly LinkTags _tags;
    private readonly LinkTags _tagsOfOther;
    private volatile LinkState _state;
    private TimeSpan _openAfter;
    private bool _isReplacementLogged;
    private ITimer? _timer;
    private TimeSpan _timerDue = TimeSpan.MaxValue;

    internal ServerLink(BridgeContext context, ServerAddress address)
    {
        _context = context;
        _core = new(context.Options, address, context.InFlight) { LastUsed = context.Now };
        Address = address;
        _tags = LinkTags.OfConfigured(address);
        _tagsOfOther = LinkTags.OfOther(address);
    }

    public ServerAddress Address { get; }

    public ServerStatistics Statistics => _core.Statistics;

    /// <summary>
    /// The server is configured: its link stays open, and the bridge sends probes while the circuit breaker is open.
    /// </summary>
    public bool IsConfigured => _core.IsConfigured;

    internal LinkTags Tags => IsConfigured ? _tags : _tagsOfOther;

    /// <summary>The open paths.</summary>
    internal IReadOnlyList<ExchangePath> Paths
    {
        get
        {
            lock (_gate)
            {
                return [.. _core.Paths];
            }
        }
    }

    internal TimeSpan LastUsed
    {
        get
        {
            lock (_gate)
            {
                return _core.LastUsed;
            }
        }
    }

    /// <summary>
    /// Sends a request and waits for the response. The payload is encoded before this method returns, so it may be a
    /// ref struct. Always await and dispose the result.
    /// </summary>
    /// <param name="payload">The payload of the request.</param>
    /// <param name="encryption">Null for an unencrypted request (type 0).</param>
    /// <param name="iv">The start of the response's keystream in the raidax profile. It has no effect in the rke profile.</param>
    /// <param name="deadline">When the exchange ends without a response.</param>
    /// <param name="cancellationToken">Ends the exchange and its retransmissions at once.</param>
    public ValueTask<Exchange> SendAsync<TPayload>(
        in TPayload payload,
        RequestEncryption? encryption,
        ResponseIv iv,
        MonotonicTime deadline,
        CancellationToken cancellationToken)
        where TPayload : IPayload, allows ref struct
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return RejectCancelled(cancellationToken);
        }

        var left = deadline - MonotonicTime.Now(_context.Time);
        if (left <= TimeSpan.Zero)
        {
            return new(Reject(ExchangeOutcome.TimedOut));
        }

        // The core checks this again on admission. Here it saves the encoding.
        if (_core.IsFull)
        {
            return new(Reject(ExchangeOutcome.Overloaded));
        }

        var call = Encode(payload, encryption, iv, _context.Now + left, cancellationToken);
        call.Activity = BridgeActivities.StartExchange(Address, payload.Command);
        var output = LinkOutput.Rent();
        var admission = TryAdmit(call, mayRedraw: encryption is null, output);
        for (var draws = 1; admission == Admission.EchoTaken; draws++)
        {
            var (activity, isTrial) = (call.Activity, call.IsTrial);
            call = Encode(payload, encryption, iv, call.Deadline, cancellationToken);
            (call.Activity, call.IsTrial) = (activity, isTrial);
            admission = TryAdmit(call, mayRedraw: draws < MaxEchoDraws, output);
        }

        if (admission == Admission.Admitted)
        {
            WatchCancellation(call);
            CarryOut(output);
            return call.Task;
        }

        CarryOut(output);

        // The bridge has removed this link from its table. It adds it again, or there is another link to the server.
        if (admission is null && _state != LinkState.Closed && _context.Bridge.AddAgain(this) is { } present)
        {
            BridgeActivities.Discard(call);
            return present.SendAsync(payload, encryption, iv, deadline, cancellationToken);
        }

        var rejection = Reject(admission switch
        {
            null when _state == LinkState.Closed => ExchangeOutcome.Closed,
            Admission.BreakerOpen => ExchangeOutcome.BreakerOpen,
            Admission.NoPath => ExchangeOutcome.SendFailed,
            _ => ExchangeOutcome.Overloaded,
        });
        BridgeActivities.Stop(call, rejection);
        return new(rejection);
    }

    internal void SetConfigured(bool isConfigured)
    {
        lock (_gate)
        {
            _core.IsConfigured = isConfigured;
            SetTimer(_context.Now);
        }
    }

    /// <summary>
    /// Closes the ports if no exchange is in flight and none has started or ended after the given time. Returns true if it
    /// did.
    /// </summary>
    internal bool TryDeactivate(TimeSpan unusedSince)
    {
        lock (_gate)
        {
            if (_state != LinkState.Active
                || IsConfigured
                || Statistics.InFlight > 0
                || _core.LastUsed > unusedSince)
            {
                return false;
            }

            _state = LinkState.Inactive;
            CloseTimerAndPorts();
            _core.Reset();
            return true;
        }
    }

    internal void SetState(LinkState state)
    {
        lock (_gate)
        {
            _state = state;
            _core.LastUsed = _context.Now;
        }
    }

    /// <summary>Ends every exchange in flight as Closed, and every later one too.</summary>
    internal void Close()
    {
        var output = LinkOutput.Rent();
        lock (_gate)
        {
            _state = LinkState.Closed;
            CloseTimerAndPorts();
            _core.Close(_context.Now, output);
        }

        CarryOut(output);
    }

    internal void HandleDatagrams(ServerPath path, ReceivedDatagrams datagrams, ref CallerWork callers)
    {
        _context.Meter.OnReceived(this, datagrams.Count);
        Span<WireError> errors = stackalloc WireError[MaxDatagramsInARow];
        for (var first = 0; first < datagrams.Count; first += MaxDatagramsInARow)
        {
            var count = Math.Min(datagrams.Count - first, MaxDatagramsInARow);
            HandleDatagrams(path, datagrams, first, errors[..count], ref callers);
            foreach (var error in errors[..count])
            {
                if (error != WireError.None)
                {
                    _context.Meter.OnDropped(this, error);
                    if (_context.Logger.IsEnabled(LogLevel.Debug))
                    {
                        Log.Dropped(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint, error);
                    }
                }
            }
        }
    }

    /// <summary>Sends a batch of datagrams from one path, and handles the results.</summary>
    internal void Send(ServerPath path, OutgoingBatch batch)
    {
        for (var index = 0; index < batch.Count; index++)
        {
            BridgeActivities.StartAttempt((ServerCall)batch[index].Exchange, batch[index].Attempt);
        }

        LinkOutput? output = null;
        for (var first = 0; first < batch.Count;)
        {
            var last = first + path.Send(batch.Datagrams(first), out var result, out var error) - 1;
            for (; first < last; first++)
            {
                OnSent(batch[first].Attempt);
            }

            if (result == SendResult.Sent)
            {
                OnSent(batch[last].Attempt);
            }
            else
            {
                output ??= LinkOutput.Rent();
                HandleSendResult(path, batch[last], result, error, output);
            }

            first = last + 1;
        }

        if (output is not null)
        {
            CarryOut(output);
        }
    }

    internal void HandleFault(Exception exception) =>
        Log.DatagramFault(_context.Logger, exception, Address.Network, Address.RaidaId, Address.EndPoint);

    internal void HandleRefusal(ServerPath path, SocketError error)
    {
        var output = LinkOutput.Rent();
        HandleRefusal(path, error, unsent: null, output);
        CarryOut(output);
    }

    /// <summary>
    /// Replaces a path whose port does not work any more. A path that is too new stays: its next send fails, and requests
    /// the replacement again.
    /// </summary>
    internal void HandleBroken(ServerPath path, SocketError error)
    {
        Log.SocketBroken(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint, error);
        path.Dispose();
        lock (_gate)
        {
            if (_context.Now - path.OpenedAt < ExchangeCore.MinPathAge)
            {
                return;
            }
        }

        TryReplace(new(path, ReplacementReason.Broken));
    }

    private ServerCall Encode<TPayload>(
        in TPayload payload,
        RequestEncryption? encryption,
        ResponseIv iv,
        TimeSpan deadline,
        CancellationToken cancellationToken)
        where TPayload : IPayload, allows ref struct
    {
        Span<byte> random = stackalloc byte[EncodedRequest.RandomLength];
        _context.Entropy.Fill(random);
        var request = EncodedRequest.Encode(Address, payload, encryption, random);
        return new(this, request, encryption?.Cipher, iv, deadline, cancellationToken);
    }

    /// <summary>Returns null if the link is not active.</summary>
    private Admission? TryAdmit(ServerCall call, bool mayRedraw, CoreOutput output)
    {
        lock (_gate)
        {
            if (_state != LinkState.Active)
            {
                return null;
            }

            var now = _context.Now;
            OpenPaths(now);
            var admission = _core.Admit(now, call, mayRedraw, output);
            SetTimer(now);
            return admission;
        }
    }

    private Exchange Reject(ExchangeOutcome outcome)
    {
        _context.Meter.OnEnded(this, outcome);
        lock (_gate)
        {
            return _core.Reject(_context.Now, outcome);
        }
    }

    private ValueTask<Exchange> RejectCancelled(CancellationToken cancellationToken)
    {
        _context.Meter.OnEnded(this, outcome: null);
        lock (_gate)
        {
            Statistics.OnCancelled();
        }

        return ValueTask.FromCanceled<Exchange>(cancellationToken);
    }

    private void WatchCancellation(ServerCall call)
    {
        if (!call.CancellationToken.CanBeCanceled)
        {
            return;
        }

        var registration = call.CancellationToken.UnsafeRegister(
            static state => ((ServerCall)state!).Link.Cancel((ServerCall)state), call);
        lock (_gate)
        {
            if (!call.IsFinished)
            {
                call.Registration = registration;
                return;
            }
        }

        registration.Unregister();
    }

    private void Cancel(ServerCall call)
    {
        var output = LinkOutput.Rent();
        lock (_gate)
        {
            var now = _context.Now;
            _core.HandleCancellation(now, call, output);
            SetTimer(now);
        }

        CarryOut(output);
    }

    private void SendProbe()
    {
        var deadline = _context.Now + _context.Options.MaxRetransmission;
        ServerCall call;
        try
        {
            call = Encode(new EchoPayload(), null, ResponseIv.Same, deadline, CancellationToken.None);
        }
        catch
        {
            // The next probe tries again.
            lock (_gate)
            {
                var now = _context.Now;
                _core.HandleUnsentProbe(now);
                SetTimer(now);
            }

            throw;
        }

        call.IsTrial = true;
        var output = LinkOutput.Rent();
        TryAdmit(call, mayRedraw: false, output);
        CarryOut(output);
    }

    private void HandleTimer()
    {
        var output = LinkOutput.Rent();
        lock (_gate)
        {
            var now = _context.Now;
            _timerDue = TimeSpan.MaxValue;
            _core.HandleTimeout(now, output);
            SetTimer(now);
        }

        CarryOut(output);
    }

    private void HandleRefusal(ServerPath path, SocketError error, PendingExchange? unsent, CoreOutput output)
    {
        _context.Meter.OnRefused(this);
        Log.Refused(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint, error);
        lock (_gate)
        {
            var now = _context.Now;
            _core.HandleRefusal(now, path, unsent, output);
            SetTimer(now);
        }
    }

    private void HandleDatagrams(
        ServerPath path, ReceivedDatagrams datagrams, int first, Span<WireError> errors, ref CallerWork callers)
    {
        var output = LinkOutput.Rent();
        Exception? fault = null;
        lock (_gate)
        {
            var now = _context.Now;
            for (var index = 0; index < errors.Length; index++)
            {
                errors[index] = WireError.None;
                try
                {
                    errors[index] = _core.HandleDatagram(now, path, datagrams[first + index], output);
                    _isReplacementLogged &= errors[index] != WireError.None;
                }
                catch (Exception exception)
                {
                    // Only this datagram is lost.
                    fault = exception;
                }
            }
        }

        if (fault is not null)
        {
            HandleFault(fault);
        }

        if (_context.SendQueue is null || output.Completions.Count == 0)
        {
            CarryOut(output);
        }
        else
        {
            callers.Add(output.ToWorkItem(this));
        }
    }

    /// <summary>Carries out what the core has added, and frees the output. A send may add more.</summary>
    /// <param name="isInline">The callers continue on this thread. It must be a thread of the pool.</param>
    internal void CarryOut(LinkOutput output, bool isInline = false)
    {
        var (replaced, logged, completed, sent) = (0, 0, 0, 0);
        while (true)
        {
            for (; logged < output.BreakerChanges.Count; logged++)
            {
                LogBreaker(output.BreakerChanges[logged]);
            }

            if (replaced < output.Replacements.Count)
            {
                Replace(output.Replacements, replaced);
                replaced = output.Replacements.Count;
            }

            if (sent < output.Transmits.Count)
            {
                sent = Send(output, sent);
            }
            else if (completed < output.Completions.Count)
            {
                Complete(output.Completions[completed++], isInline);
            }
            else
            {
                break;
            }
        }

        var isProbeDue = output.IsProbeDue;
        output.Return();
        if (isProbeDue)
        {
            SendProbe();
        }
    }

    /// <summary>Sends a datagram at once, or adds all of them to the queue. Returns the index of the next one.</summary>
    private int Send(LinkOutput output, int index)
    {
        var count = output.Transmits.Count;
        if (_context.SendQueue is { } queue && (count - index > 1 || Statistics.InFlight > MaxInFlightToSendAtOnce))
        {
            queue.Add(output.Transmits, index);
            return count;
        }

        var transmit = output.Transmits[index];
        var call = (ServerCall)transmit.Exchange;
        if (!call.IsFinished)
        {
            BridgeActivities.StartAttempt(call, transmit.Attempt);
            var path = (ServerPath)call.Path!;
            ReadOnlyMemory<byte> datagram = call.Datagram;
            path.Send(new(in datagram), out var result, out var error);
            HandleSendResult(path, transmit, result, error, output);
        }

        return index + 1;
    }

    private void HandleSendResult(
        ServerPath path, in Transmit transmit, SendResult result, SocketError error, CoreOutput output)
    {
        var (exchange, attempt) = transmit;
        if (result is SendResult.Refused or SendResult.SentAfterRefusal)
        {
            HandleRefusal(path, error, unsent: attempt == 1 ? exchange : null, output);
        }

        switch (result)
        {
            case SendResult.Sent or SendResult.SentAfterRefusal:
                OnSent(attempt);
                break;
            case SendResult.Failed:
                Log.SendFailed(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint, error);
                lock (_gate)
                {
                    var now = _context.Now;
                    _core.HandleSendFailure(now, path, exchange, attempt, output);
                    SetTimer(now);
                }

                break;
        }
    }

    private void OnSent(int attempt)
    {
        Statistics.OnSent(attempt);
        _context.Meter.OnSent(this, attempt);
    }

    /// <summary>Replaces paths, and logs it if it is the first time since the server responded.</summary>
    private void Replace(List<Replacement> replacements, int first)
    {
        var reason = replacements[first].Reason;
        var count = 0;
        for (var index = first; index < replacements.Count; index++)
        {
            count += TryReplace(replacements[index]) ? 1 : 0;
        }

        if (count == 0)
        {
            return;
        }

        bool isFirst;
        lock (_gate)
        {
            isFirst = !_isReplacementLogged;
            _isReplacementLogged = true;
        }

        // The sockets to a server that is down are silent too, so this alone is no reason for a warning.
        var level = reason == ReplacementReason.Silent ? LogLevel.Information : LogLevel.Warning;
        Log.SocketsReplaced(
            _context.Logger,
            isFirst ? level : LogLevel.Debug,
            count,
            Address.Network,
            Address.RaidaId,
            Address.EndPoint,
            reason);
    }

    /// <summary>Returns false if another thread has replaced the path, or no port can be opened.</summary>
    private bool TryReplace(in Replacement replacement)
    {
        var path = (ServerPath)replacement.Path;
        lock (_gate)
        {
            var now = _context.Now;
            if (!_core.Paths.Contains(path) || now < _openAfter || TryOpenPath(now) is not { } other)
            {
                return false;
            }

            _core.ReplacePath(now, path, other);
            Statistics.OnSocketReplaced();
            other.Start();
        }

        path.Dispose();
        _context.Meter.OnSocketReplaced(this, replacement.Reason);
        return true;
    }

    private void Complete(in Completion completion, bool isInline)
    {
        var call = (ServerCall)completion.Exchange;
        _context.Meter.OnEnded(this, completion.Result?.Outcome);
        if (completion.Result is not { } exchange)
        {
            BridgeActivities.Stop(call, exchange: null);
            call.SetCancelled();
            return;
        }

        // The core has finished the call under the lock, so the registration does not change any more.
        call.Registration.Unregister();
        if (exchange.Outcome == ExchangeOutcome.Answered && exchange.Attempts == 1)
        {
            _context.Meter.OnRoundTrip(this, exchange.RoundTrip);
        }

        BridgeActivities.Stop(call, exchange);
        call.SetResult(exchange, isInline);
    }

    private void LogBreaker(BreakerState state)
    {
        if (state == BreakerState.Closed)
        {
            Log.BreakerClosed(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint);
        }
        else
        {
            Log.BreakerOpened(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint);
        }
    }

    /// <summary>Under the lock, after a call of the core: sets the timer if the core must be called earlier.</summary>
    private void SetTimer(TimeSpan now)
    {
        var due = _core.NextTimeout;
        if (due >= _timerDue)
        {
            return;
        }

        // Timers of the system cut off fractions of a millisecond. A timer that fires early does nothing, so round up.
        _timerDue = due;
        var wait = Math.Max(0, Math.Ceiling((due - now).TotalMilliseconds));
        _timer ??= _context.CreateTimer(static state => ((ServerLink)state!).HandleTimer(), this);
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }

    private void OpenPaths(TimeSpan now)
    {
        var count = IsConfigured ? _context.Options.SocketsPerServer : PortsOfOtherServer;
        while (_core.Paths.Count < count && now >= _openAfter && TryOpenPath(now) is { } path)
        {
            _core.AddPath(now, path);
            path.Start();
        }
    }

    private ServerPath? TryOpenPath(TimeSpan now)
    {
        try
        {
            return new ServerPath(this, _context.Transport);
        }
        catch (SocketException exception)
        {
            // The system has no file descriptor or no route. Do not try and log this for every request.
            _openAfter = now + PauseAfterFailedOpen;
            Log.SocketNotOpened(
                _context.Logger, Address.Network, Address.RaidaId, Address.EndPoint, exception.SocketErrorCode);
            return null;
        }
    }

    private void CloseTimerAndPorts()
    {
        foreach (var path in _core.Paths)
        {
            ((ServerPath)path).Dispose();
        }

        _timer?.Dispose();
        _timer = null;
        _timerDue = TimeSpan.MaxValue;
    }
}

/// <summary>Whether a link can send.</summary>
internal enum LinkState
{
    /// <summary>The link is in the table of the bridge.</summary>
    Active,

    /// <summary>The bridge has removed the link from its table. It has no ports. The next request adds it again.</summary>
    Inactive,

    /// <summary>The bridge is shut down.</summary>
    Closed,
}
