using System.Buffers.Binary;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// The way to one server: its sockets, what is in flight, its round-trip times and its breaker. One lock guards them;
/// sockets are written to, and callers are told, outside of it.
/// </summary>
public sealed partial class ServerLink
{
    private const int EchoDraws = 8;

    private readonly Lock _gate = new();
    private readonly BridgeContext _context;
    private readonly RoundTripEstimator _roundTrip;
    private readonly Breaker _breaker;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly KeyValuePair<string, object?>[] _tagsOfOther;

    internal ServerLink(BridgeContext context, ServerAddress address)
    {
        _context = context;
        _roundTrip = new(context.Options);
        _breaker = new(context.Options);
        _lastUsed = context.Now;
        Address = address;
        _tags = BridgeMeter.Tags(address);
        _tagsOfOther = BridgeMeter.TagsOfOther(address);
        PublishRoundTrip();
    }

    public ServerAddress Address { get; }

    public ServerStatistics Statistics { get; } = new();

    internal KeyValuePair<string, object?>[] Tags => IsConfigured ? _tags : _tagsOfOther;

    /// <summary>
    /// Sends a request and waits for the answer. The payload is encoded before this returns, so it may be a ref
    /// struct. The result is awaited, and disposed, whatever it says.
    /// </summary>
    /// <param name="payload">What is asked.</param>
    /// <param name="seal">Null = type 0, unencrypted; the echo is then drawn here.</param>
    /// <param name="iv">Where the keystream of the answer starts.</param>
    /// <param name="deadline">When the answer is no longer wanted.</param>
    /// <param name="cancellationToken">Stops the retransmissions at once.</param>
    public ValueTask<Exchange> SendAsync<TPayload>(
        in TPayload payload,
        RequestSeal? seal,
        ResponseIv iv,
        DateTimeOffset deadline,
        CancellationToken cancellationToken)
        where TPayload : IPayload, allows ref struct
    {
        if (cancellationToken.IsCancellationRequested)
        {
            NoteCancelled();
            return ValueTask.FromCanceled<Exchange>(cancellationToken);
        }

        var left = deadline - _context.Time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            return new(Refuse(ExchangeOutcome.TimedOut));
        }

        // Looked at again when the call is taken in; here it spares the encoding when the bound is reached.
        if (Statistics.InFlight >= _context.Options.MaxInFlightPerServer || _context.IsFull)
        {
            return new(Refuse(ExchangeOutcome.Overloaded));
        }

        var call = Encode(payload, seal, iv, _context.Now + left, cancellationToken);
        call.Activity = BridgeActivities.StartExchange(Address, payload.Command);
        var admission = Admit(call, mayRedraw: seal is null);
        for (var draws = 1; admission == Admission.EchoTaken; draws++)
        {
            var (activity, isTrial) = (call.Activity, call.IsTrial);
            call = Encode(payload, seal, iv, call.Deadline, cancellationToken);
            (call.Activity, call.IsTrial) = (activity, isTrial);
            admission = Admit(call, mayRedraw: draws < EchoDraws);
        }

        if (admission != Admission.Admitted)
        {
            return Turn(call, admission, payload, seal, iv, deadline);
        }

        WatchCancellation(call);
        if (!call.IsFinished)
        {
            Transmit(call, 1);
        }

        return call.Task;
    }

    private void SendProbe()
    {
        var call = Encode(
            new EchoPayload(),
            null,
            ResponseIv.Same,
            _context.Now + _context.Options.MaxRetransmission,
            CancellationToken.None);
        call.IsTrial = true;
        if (Admit(call, mayRedraw: false) == Admission.Admitted)
        {
            Transmit(call, 1);
        }
    }

    private ValueTask<Exchange> Turn<TPayload>(
        PendingCall call,
        Admission admission,
        in TPayload payload,
        RequestSeal? seal,
        ResponseIv iv,
        DateTimeOffset deadline)
        where TPayload : IPayload, allows ref struct
    {
        // The bridge has forgotten this link meanwhile: it takes it back, or names the one in its place.
        if (admission == Admission.Retired && _context.Bridge.Restore(this) is { } present)
        {
            BridgeActivities.Discard(call);
            return present.SendAsync(payload, seal, iv, deadline, call.CancellationToken);
        }

        var refusal = Refuse(admission switch
        {
            Admission.Closed => ExchangeOutcome.Closed,
            Admission.BreakerOpen => ExchangeOutcome.BreakerOpen,
            Admission.NoSocket => ExchangeOutcome.SendFailed,
            _ => ExchangeOutcome.Overloaded,
        });
        BridgeActivities.Stop(call, refusal);
        return new(refusal);
    }

    private PendingCall Encode<TPayload>(
        in TPayload payload, RequestSeal? seal, ResponseIv iv, TimeSpan deadline, CancellationToken cancellationToken)
        where TPayload : IPayload, allows ref struct
    {
        Span<byte> random = stackalloc byte[Challenge.RandomLength + sizeof(uint) + sizeof(ushort)];
        _context.Entropy.Fill(random);
        var challenge = Challenge.Create(random);
        var nonce = seal?.Nonce ?? new Nonce(BinaryPrimitives.ReadUInt16BigEndian(random[^sizeof(ushort)..]));
        var cipher = seal?.Cipher;
        var address = new RequestAddress(Address.Profile, Address.Network, Address.RaidaId, seal?.Coin ?? default);
        var datagram = new byte[RequestFrame.Measure(Address.Profile, payload)];
        RequestFrame.Write(datagram, address, nonce, challenge, payload, cipher);
        var expected = ExpectedResponse.To(address, payload.Command, nonce, challenge, cipher, datagram.Length);
        return new(this, datagram, expected, BinaryPrimitives.ReadUInt32BigEndian(random[Challenge.RandomLength..]))
        {
            Cipher = cipher,
            Iv = iv,
            Deadline = deadline,
            CancellationToken = cancellationToken,
        };
    }

    /// <summary>
    /// Puts a call on a socket where nobody waits for the same echo, so that a hint can only be for it.
    /// </summary>
    private Admission Admit(PendingCall call, bool mayRedraw)
    {
        lock (_gate)
        {
            var now = _context.Now;
            _lastUsed = now;
            if (_state != LinkState.Listed)
            {
                return _state == LinkState.Closed ? Admission.Closed : Admission.Retired;
            }

            if (_breaker.State != BreakerState.Closed && !call.IsTrial)
            {
                if (IsConfigured || !_breaker.TryBeginTrial(now))
                {
                    return Admission.BreakerOpen;
                }

                call.IsTrial = true;
                PublishBreaker();
            }

            var admission = FindPlace(call, mayRedraw);
            if (admission == Admission.Admitted)
            {
                Statistics.AddInFlight(1);
                call.FirstSent = now;
                call.Wait = _roundTrip.Timeout;
                NoteSending(call, now);
            }
            else if (call.IsTrial && admission != Admission.EchoTaken)
            {
                _breaker.OnTrialFailed(now, call.NextFraction());
                ScheduleProbe(now);
            }

            return admission;
        }
    }

    private Admission FindPlace(PendingCall call, bool mayRedraw)
    {
        if (!OpenChannels())
        {
            return Admission.NoSocket;
        }

        var echo = call.Expected.Nonce.Echo;
        var first = (int)(call.NextFraction() * _channels.Length) % _channels.Length;
        UdpChannel? channel = null;
        for (var index = 0; index < _channels.Length && channel is null; index++)
        {
            var candidate = _channels[(first + index) % _channels.Length];
            channel = candidate.IsFree(echo) ? candidate : null;
        }

        if (channel is null && mayRedraw)
        {
            return Admission.EchoTaken;
        }

        if (Statistics.InFlight >= _context.Options.MaxInFlightPerServer || !_context.TryEnter())
        {
            return Admission.Overloaded;
        }

        // A sealed request's echo is not ours to choose. Where it is taken everywhere, the signature alone decides.
        call.Channel = channel ?? _channels[first];
        call.Channel.Add(call);
        return Admission.Admitted;
    }

    private void WatchCancellation(PendingCall call)
    {
        if (!call.CancellationToken.CanBeCanceled)
        {
            return;
        }

        var registration = call.CancellationToken.UnsafeRegister(
            static state => ((PendingCall)state!).Link.Cancel((PendingCall)state), call);
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

    private Exchange Refuse(ExchangeOutcome outcome)
    {
        Statistics.OnEnded(outcome);
        _context.Meter.OnEnded(this, outcome);
        lock (_gate)
        {
            return new(Address, outcome)
            {
                RetryAfter = outcome switch
                {
                    ExchangeOutcome.BreakerOpen => RetryAfter(),
                    ExchangeOutcome.Overloaded => _roundTrip.Timeout,
                    _ => null,
                },
            };
        }
    }

    /// <summary>The next trial, and a usual wait for its answer.</summary>
    private TimeSpan RetryAfter()
    {
        var pause = _breaker.NextTrial - _context.Now;
        return (pause > TimeSpan.Zero ? pause : TimeSpan.Zero) + _roundTrip.Timeout;
    }
}
