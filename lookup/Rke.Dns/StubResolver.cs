using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Rke.Dns;

/// <summary>
/// Sends a question to the configured resolvers in order, with growing timeouts, until one gives a conclusive answer or the time is
/// over. It repeats the question over TCP if an answer is truncated.
/// </summary>
public sealed class StubResolver
{
    // A connection needs an additional round trip, and its answer is longer.
    private const int TcpTimeouts = 4;

    private readonly DnsOptions _options;
    private readonly IReadOnlyList<IPEndPoint> _resolvers;
    private readonly DnsTransport _transport;
    private readonly DnsMeter _meter;
    private readonly RandomNumberGenerator _random;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<StubResolver> _logger;

    public StubResolver(
        IOptions<DnsOptions> options,
        SystemResolvers system,
        DnsTransport transport,
        DnsMeter meter,
        RandomNumberGenerator random,
        TimeProvider timeProvider,
        ILogger<StubResolver> logger)
    {
        _options = options.Value;
        _transport = transport;
        _meter = meter;
        _random = random;
        _timeProvider = timeProvider;
        _logger = logger;
        _resolvers = options.Value.FindResolvers(system);
        Log.ResolversInUse(logger, string.Join(", ", _resolvers));
    }

    /// <summary>
    /// Sends one question. Failures of resolvers are an outcome. Throws <see cref="OperationCanceledException"/> if the caller cancels.
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
        if (answer.Outcome == DnsOutcome.CaseChanged)
        {
            Log.CaseChanged(_logger, name.Value, type);
        }
        else if (!answer.IsConclusive)
        {
            Log.DnsQuestionFailed(_logger, name.Value, type, answer.Outcome);
        }

        return answer;
    }

    // A resolver follows aliases. A name server that serves only its own zones does not.
    private async Task<DnsAnswer> FollowAsync(DnsName name, DnsType type, CancellationToken cancellationToken)
    {
        for (var aliases = 0; aliases <= DnsAnswer.MaxAliases; aliases++)
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
                // The last round uses no extensions, because old servers do not answer questions with extensions.
                var isExtended = round < _options.Rounds;
                var (answer, reason) = await AskAsync(resolver, name, type, isExtended, wait, cancellationToken);
                if (answer is not null)
                {
                    return answer;
                }

                failure = reason;
                anySilent |= reason == DnsOutcome.TimedOut;
            }

            // A further round helps only if a resolver did not answer.
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
        var query = DnsQuery.Create(name, type, _random, _options.MixCase, isExtended);
        var (reply, failure) = await _transport.AskOverUdpAsync(resolver, query, wait, cancellationToken);
        if (reply is { IsTruncated: true })
        {
            query = DnsQuery.Create(name, type, _random, _options.MixCase, isExtended);
            (reply, failure) = await _transport.AskOverTcpAsync(resolver, query, wait * TcpTimeouts, cancellationToken);
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

/// <summary>Metrics of the resolver client.</summary>
public sealed class DnsMeter
{
    public const string Name = "Rke.Dns";

    private readonly Counter<long> _questions;
    private readonly Counter<long> _ignoredReplies;

    public DnsMeter(IMeterFactory factory)
    {
        var meter = factory.Create(Name);
        _questions = meter.CreateCounter<long>(
            "rke.dns.questions", "{question}", "DNS questions, by type and outcome.");
        _ignoredReplies = meter.CreateCounter<long>(
            "rke.dns.ignored_replies", "{reply}", "Ignored DNS replies, by reason.");
    }

    public void CountQuestion(DnsType type, DnsOutcome outcome) => _questions.Add(
        1,
        new KeyValuePair<string, object?>("type", type.ToString()),
        new KeyValuePair<string, object?>("outcome", outcome.ToString()));

    public void CountIgnoredReply(ReplyVerdict verdict) =>
        _ignoredReplies.Add(1, new KeyValuePair<string, object?>("reason", verdict.ToString()));
}
