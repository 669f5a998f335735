namespace Rke.Gateway.Dns;

/// <summary>What became of a question: the records asked for, aliases followed, and how long that holds.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Records">The records of the type asked for; empty unless found.</param>
/// <param name="Ttl">How long the answer holds; null where a negative answer came without a SOA record.</param>
/// <param name="AliasTarget">Where the aliases led, when the reply itself says nothing about that name.</param>
internal sealed record DnsAnswer(
    DnsOutcome Outcome, IReadOnlyList<DnsRecord> Records, TimeSpan? Ttl, string? AliasTarget = null)
{
    /// <summary>Aliases that are followed, in one reply or over several.</summary>
    public const int MaximumAliases = 8;

    /// <summary>Is it known what there is, be it nothing?</summary>
    public bool IsConclusive => Outcome is DnsOutcome.Found or DnsOutcome.NoData or DnsOutcome.NoName;

    public static DnsAnswer Failed(DnsOutcome outcome) => new(outcome, [], Ttl: null);

    public static DnsAnswer From(DnsReply reply, DnsName name, DnsType type)
    {
        var current = name.Value;
        var ttl = TimeSpan.MaxValue;
        for (var aliases = 0; aliases <= MaximumAliases; aliases++)
        {
            var found = RecordsOf(reply, current, type);
            if (found.Count > 0)
            {
                return new DnsAnswer(DnsOutcome.Found, found, Shorter(ttl, found.Min(record => record.Ttl)));
            }

            if (AliasOf(reply, current) is not { } alias)
            {
                return Negative(reply, aliases > 0 ? current : null, ttl);
            }

            ttl = Shorter(ttl, alias.Ttl);
            current = alias.Target;
        }

        return Failed(DnsOutcome.AliasChain);
    }

    // RFC 2308 §5: "no" holds for the lesser of the SOA record's TTL and its minimum field. With NXDOMAIN behind
    // aliases it is the last name that does not exist (RFC 6604 §3).
    private static DnsAnswer Negative(DnsReply reply, string? aliasTarget, TimeSpan aliasTtl)
    {
        var outcome = reply.Code == DnsResponseCode.NameError ? DnsOutcome.NoName : DnsOutcome.NoData;
        if (reply.Authority is { } authority)
        {
            return new DnsAnswer(outcome, [], Shorter(aliasTtl, Shorter(authority.Ttl, authority.Minimum)));
        }

        return new DnsAnswer(outcome, [], Ttl: null, outcome == DnsOutcome.NoData ? aliasTarget : null);
    }

    private static List<DnsRecord> RecordsOf(DnsReply reply, string name, DnsType type)
    {
        var found = new List<DnsRecord>();
        foreach (var record in reply.Answers)
        {
            if (TypeOf(record) == type && string.Equals(record.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                found.Add(record);
            }
        }

        return found;
    }

    private static AliasRecord? AliasOf(DnsReply reply, string name)
    {
        foreach (var record in reply.Answers)
        {
            if (record is AliasRecord alias && string.Equals(alias.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return alias;
            }
        }

        return null;
    }

    private static DnsType? TypeOf(DnsRecord record) => record switch
    {
        AddressRecord { Address.AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork } => DnsType.A,
        AddressRecord => DnsType.Aaaa,
        ServiceRecord => DnsType.Srv,
        TextRecord => DnsType.Txt,
        _ => null,
    };

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
