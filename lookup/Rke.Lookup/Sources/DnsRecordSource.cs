using System.Net;
using System.Text;
using Rke.Dns;

namespace Rke.Lookup.Sources;

/// <summary>Records of DNS, from the configured resolvers.</summary>
public sealed class DnsRecordSource(StubResolver resolver) : IRecordSource
{
    private const int FullString = 255;

    public LookupSource Kind => LookupSource.Dns;

    public async Task<SourceAnswer<ServiceTarget>> FindServicesAsync(
        DnsName name, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(name, DnsType.Srv, cancellationToken);
        return From<ServiceRecord, ServiceTarget>(
            answer,
            record => new ServiceTarget(record.Target, record.Port, record.Priority, record.Weight));
    }

    public async Task<SourceAnswer<string>> FindTextsAsync(DnsName name, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(name, DnsType.Txt, cancellationToken);
        return From<TextRecord, string>(answer, record => Join(record.Strings));
    }

    public async Task<SourceAnswer<IPAddress>> FindAddressesAsync(DnsName name, CancellationToken cancellationToken)
    {
        if (IsLocal(name))
        {
            return new SourceAnswer<IPAddress>([IPAddress.Loopback, IPAddress.IPv6Loopback], Ttl: null);
        }

        var first = AskAsync(name, DnsType.A, cancellationToken);
        var second = AskAsync(name, DnsType.Aaaa, cancellationToken);
        var answers = await Task.WhenAll(first, second);
        var found = answers.Where(answer => answer.Outcome == DnsOutcome.Found).ToList();
        if (found.Count > 0)
        {
            var addresses = found.SelectMany(answer => answer.Records).Cast<AddressRecord>();
            return new SourceAnswer<IPAddress>(
                [.. addresses.Select(record => record.Address)], found.Min(answer => answer.Ttl));
        }

        var failed = Array.Find(answers, answer => !answer.IsConclusive);
        return From<AddressRecord, IPAddress>(failed ?? answers[0], record => record.Address);
    }

    /// <summary>
    /// Joins the strings of a record, one per line. A string of the maximum length continues in the next string, because a longer text
    /// is split at that length.
    /// </summary>
    public static string Join(IReadOnlyList<byte[]> strings)
    {
        var octets = new List<byte>();
        for (var index = 0; index < strings.Count; index++)
        {
            octets.AddRange(strings[index]);
            if (strings[index].Length < FullString && index < strings.Count - 1)
            {
                octets.Add((byte)'\n');
            }
        }

        return Encoding.UTF8.GetString([.. octets]);
    }

    // RFC 6761 §6.3: localhost is this host. No resolver is asked.
    public static bool IsLocal(DnsName name) => name.IsAtOrUnder("localhost");

    private Task<DnsAnswer> AskAsync(DnsName name, DnsType type, CancellationToken cancellationToken) =>
        IsLocal(name)
            ? Task.FromResult(new DnsAnswer(DnsOutcome.NoName, [], Ttl: null))
            : resolver.AskAsync(name, type, cancellationToken);

    private static SourceAnswer<TContent> From<TRecord, TContent>(
        DnsAnswer answer, Func<TRecord, TContent> convert)
        where TRecord : DnsRecord
    {
        return answer.IsConclusive
            ? new SourceAnswer<TContent>([.. answer.Records.Cast<TRecord>().Select(convert)], answer.Ttl)
            : SourceAnswer<TContent>.Failed(Describe(answer.Outcome));
    }

    private static string Describe(DnsOutcome outcome) => outcome switch
    {
        DnsOutcome.TimedOut => "no DNS resolver answered in time",
        DnsOutcome.CaseChanged => "a DNS resolver changes the case of names; set Rke:Dns:MixCase to false",
        DnsOutcome.Unreachable => "no DNS resolver is reachable",
        DnsOutcome.ServerFailed => "the DNS resolvers answered with errors",
        DnsOutcome.AliasChain => "the name has too many aliases",
        _ => outcome.ToString(),
    };
}
