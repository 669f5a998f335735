namespace Rke.Dns;

/// <summary>The answer to a question: the records of the requested type, after aliases.</summary>
/// <param name="Outcome">The kind of the answer.</param>
/// <param name="Records">The records of the requested type. Empty unless the outcome is Found.</param>
/// <param name="Ttl">The TTL of the answer. Null if a negative answer has no SOA record.</param>
/// <param name="AliasTarget">The last alias, if the reply contains no record of its target.</param>
public sealed record DnsAnswer(
    DnsOutcome Outcome, IReadOnlyList<DnsRecord> Records, TimeSpan? Ttl, string? AliasTarget = null)
{
    /// <summary>The maximum number of aliases to follow, in one reply or in several.</summary>
    public const int MaxAliases = 8;

    /// <summary>Whether the answer is known, possibly that there are no records.</summary>
    public bool IsConclusive => Outcome is DnsOutcome.Found or DnsOutcome.NoData or DnsOutcome.NoName;

    public static DnsAnswer Failed(DnsOutcome outcome) => new(outcome, [], Ttl: null);

    public static DnsAnswer From(DnsReply reply, DnsName name, DnsType type)
    {
        var current = name.Value;
        var ttl = TimeSpan.MaxValue;
        for (var aliases = 0; aliases <= MaxAliases; aliases++)
        {
            var found = RecordsOf(reply, current, type);
            if (found.Count > 0)
            {
                return new DnsAnswer(DnsOutcome.Found, found, Min(ttl, found.Min(record => record.Ttl)));
            }

            if (AliasOf(reply, current) is not { } alias)
            {
                return Negative(reply, aliases > 0 ? current : null, ttl);
            }

            ttl = Min(ttl, alias.Ttl);
            current = alias.Target;
        }

        return Failed(DnsOutcome.AliasChain);
    }

    // RFC 2308 §5: the TTL of a negative answer is the minimum of the TTL and of the minimum field of the SOA record. With
    // aliases, NXDOMAIN means that the last name does not exist (RFC 6604 §3).
    private static DnsAnswer Negative(DnsReply reply, string? aliasTarget, TimeSpan aliasTtl)
    {
        var outcome = reply.Code == DnsResponseCode.NameError ? DnsOutcome.NoName : DnsOutcome.NoData;
        if (reply.Authority is { } authority)
        {
            return new DnsAnswer(outcome, [], Min(aliasTtl, Min(authority.Ttl, authority.Minimum)));
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

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}

/// <summary>The kinds of answers.</summary>
public enum DnsOutcome
{
    /// <summary>There are records.</summary>
    Found,

    /// <summary>The name exists and has no records of this type.</summary>
    NoData,

    /// <summary>The name does not exist.</summary>
    NoName,

    /// <summary>No resolver answered in time.</summary>
    TimedOut,

    /// <summary>
    /// A resolver answered with the name in another case, so the answer may be forged. See <see cref="DnsOptions.MixCase"/>.
    /// </summary>
    CaseChanged,

    /// <summary>No resolver is reachable.</summary>
    Unreachable,

    /// <summary>Each resolver answered with an error, such as SERVFAIL or REFUSED.</summary>
    ServerFailed,

    /// <summary>There are more aliases than <see cref="DnsAnswer.MaxAliases"/>.</summary>
    AliasChain,
}
