using System.Diagnostics.Metrics;

namespace Rke.Gateway.Dns;

/// <summary>What the resolver client counts.</summary>
internal sealed class DnsMeter
{
    public const string Name = "Rke.Gateway.Dns";

    private readonly Counter<long> _questions;
    private readonly Counter<long> _ignoredReplies;

    public DnsMeter(IMeterFactory factory)
    {
        var meter = factory.Create(Name);
        _questions = meter.CreateCounter<long>(
            "rke.dns.questions", "{question}", "Questions asked of the resolvers, by type and outcome.");
        _ignoredReplies = meter.CreateCounter<long>(
            "rke.dns.ignored_replies", "{reply}", "Replies that did not belong to the question, by reason.");
    }

    public void CountQuestion(DnsType type, DnsOutcome outcome) => _questions.Add(
        1,
        new KeyValuePair<string, object?>("type", type.ToString()),
        new KeyValuePair<string, object?>("outcome", outcome.ToString()));

    public void CountIgnoredReply(ReplyVerdict verdict) =>
        _ignoredReplies.Add(1, new KeyValuePair<string, object?>("reason", verdict.ToString()));
}
