using System.Net;
using Microsoft.Extensions.Options;
using Rke.UdpBridge;

namespace Rke.Gateway.Dns;

/// <summary>
/// Asks the configured resolvers, in turn and with growing patience, until one gives a conclusive answer or time is
/// up. Truncated answers are asked again over TCP.
/// </summary>
internal sealed class StubResolver
{
    // A connection needs a round trip more than a datagram, and its answer is longer.
    private const int TcpPatience = 4;

    private readonly DnsOptions _options;
    private readonly IReadOnlyList<IPEndPoint> _resolvers;
    private readonly DnsTransport _transport;
    private readonly DnsMeter _meter;
    private readonly IEntropySource _entropy;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<StubResolver> _logger;

    public StubResolver(
        IOptions<DnsOptions> options,
        DnsTransport transport,
        DnsMeter meter,
        IEntropySource entropy,
        TimeProvider timeProvider,
        ILogger<StubResolver> logger)
    {
        _options = options.Value;
        _transport = transport;
        _meter = meter;
        _entropy = entropy;
        _timeProvider = timeProvider;
        _logger = logger;
        _resolvers = options.Value.FindResolvers();
        Log.ResolversInUse(logger, string.Join(", ", _resolvers));
    }

    /// <summary>
    /// Never throws for what resolvers do; throws <see cref="OperationCanceledException"/> when the caller gives up.
    /// </summary>
    public async Task<DnsAnswer> AskAsync(DnsName name, DnsType type, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(_options.Timeout, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        DnsAnswer answer;
        try
        {
            answer = await FollowAsync(name, type, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            answer = DnsAnswer.Failed(DnsOutcome.TimedOut);
        }

        _meter.CountQuestion(type, answer.Outcome);
        if (!answer.IsConclusive)
        {
            Log.DnsQuestionFailed(_logger, name.Value, type, answer.Outcome);
        }

        return answer;
    }

    // A resolver follows aliases itself; a server that knows only its own zones leaves the rest to us.
    private async Task<DnsAnswer> FollowAsync(DnsName name, DnsType type, CancellationToken cancellationToken)
    {
        for (var aliases = 0; aliases <= DnsAnswer.MaximumAliases; aliases++)
        {
            var answer = await AskResolversAsync(name, type, cancellationToken);
            if (answer.AliasTarget is null)
            {
                return answer;
            }

            if (!DnsName.TryParse(answer.AliasTarget, out var target, out _))
            {
                return answer with { AliasTarget = null };
            }

            name = target;
        }

        return DnsAnswer.Failed(DnsOutcome.AliasChain);
    }

    private async Task<DnsAnswer> AskResolversAsync(DnsName name, DnsType type, CancellationToken cancellationToken)
    {
        var failure = DnsOutcome.TimedOut;
        var wait = _options.FirstWait;
        for (var round = 1; round <= _options.Rounds; round++, wait *= 2)
        {
            var anySilent = false;
            foreach (var resolver in _resolvers)
            {
                // The last round does without extensions: old servers leave questions with them unanswered.
                var isExtended = round < _options.Rounds;
                var (answer, reason) = await AskAsync(resolver, name, type, isExtended, wait, cancellationToken);
                if (answer is not null)
                {
                    return answer;
                }

                failure = reason;
                anySilent |= reason == DnsOutcome.TimedOut;
            }

            // Who refuses or is not there will not be any different a moment later.
            if (!anySilent)
            {
                break;
            }
        }

        return DnsAnswer.Failed(failure);
    }

    private async Task<(DnsAnswer? Answer, DnsOutcome Failure)> AskAsync(
        IPEndPoint resolver,
        DnsName name,
        DnsType type,
        bool isExtended,
        TimeSpan wait,
        CancellationToken cancellationToken)
    {
        var query = DnsQuery.Create(name, type, _entropy, _options.MixCase, isExtended);
        var (reply, failure) = await _transport.AskOverUdpAsync(resolver, query, wait, cancellationToken);
        if (reply is { IsTruncated: true })
        {
            query = DnsQuery.Create(name, type, _entropy, _options.MixCase, isExtended);
            (reply, failure) = await _transport.AskOverTcpAsync(resolver, query, wait * TcpPatience, cancellationToken);
        }

        if (reply is null)
        {
            return (null, failure);
        }

        if (isExtended && RefusesExtensions(reply.Code))
        {
            return await AskAsync(resolver, name, type, isExtended: false, wait, cancellationToken);
        }

        var isConclusive = reply.Code is DnsResponseCode.NoError or DnsResponseCode.NameError
            && !reply.IsReferral && !reply.IsTruncated;
        return isConclusive ? (DnsAnswer.From(reply, name, type), default) : (null, DnsOutcome.ServerFailed);
    }

    // RFC 6891 §7.
    private static bool RefusesExtensions(DnsResponseCode code) =>
        code is DnsResponseCode.FormatError or DnsResponseCode.NotImplemented or DnsResponseCode.BadVersion;
}
