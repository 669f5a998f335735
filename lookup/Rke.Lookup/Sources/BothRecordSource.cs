using System.Net;
using System.Net.Sockets;
using Rke.Dns;

namespace Rke.Lookup.Sources;

/// <summary>
/// Queries DNS and the key servers, and compares the answers. If they differ, it uses the answer of the key servers, because several
/// servers agreed on it and it cannot be changed in transit, and it reports the difference. A negative answer needs both sources.
/// </summary>
public sealed class BothRecordSource(IRecordSource dns, IRecordSource raida) : IRecordSource
{
    public LookupSource Kind => LookupSource.Dns;

    public async Task<SourceAnswer<ServiceTarget>> FindServicesAsync(DnsName name, CancellationToken cancellationToken)
    {
        var (dnsAnswer, raidaAnswer) = await AskAsync(source => source.FindServicesAsync(name, cancellationToken));
        var isSame = dnsAnswer.Records.Count == 0 && raidaAnswer.Records.Count == 0;
        foreach (var service in raidaAnswer.Records)
        {
            isSame |= await IsAmongAsync(service, dnsAnswer.Records, cancellationToken);
        }

        return Combine("SRV", name, dnsAnswer, raidaAnswer, isSame ? [] : Difference(Describe(dnsAnswer.Records), Describe(raidaAnswer.Records)));
    }

    public async Task<SourceAnswer<string>> FindTextsAsync(DnsName name, CancellationToken cancellationToken)
    {
        var (dnsAnswer, raidaAnswer) = await AskAsync(source => source.FindTextsAsync(name, cancellationToken));
        return Combine("TXT", name, dnsAnswer, raidaAnswer, Compare(Lines(dnsAnswer.Records), Lines(raidaAnswer.Records)));
    }

    public async Task<SourceAnswer<IPAddress>> FindAddressesAsync(DnsName name, CancellationToken cancellationToken)
    {
        var (dnsAnswer, raidaAnswer) = await AskAsync(source => source.FindAddressesAsync(name, cancellationToken));

        // The key servers have one IPv4 address per name. DNS may have several addresses of both families.
        var isSame = raidaAnswer.Records.Count == 0
            ? !dnsAnswer.Records.Any(address => address.AddressFamily == AddressFamily.InterNetwork)
            : raidaAnswer.Records.All(dnsAnswer.Records.Contains);
        var difference = isSame ? [] : Difference(string.Join(' ', dnsAnswer.Records), string.Join(' ', raidaAnswer.Records));
        return Combine("A", name, dnsAnswer, raidaAnswer, difference);
    }

    private async Task<(SourceAnswer<T> Dns, SourceAnswer<T> Raida)> AskAsync<T>(
        Func<IRecordSource, Task<SourceAnswer<T>>> ask)
    {
        var answers = await Task.WhenAll(ask(dns), ask(raida));
        return (answers[0], answers[1]);
    }

    // DNS contains the name of a host where the key servers contain its address.
    private async Task<bool> IsAmongAsync(
        ServiceTarget service, IReadOnlyList<ServiceTarget> others, CancellationToken cancellationToken)
    {
        foreach (var other in others.Where(other => other.Port == service.Port))
        {
            if (other.Host == service.Host)
            {
                return true;
            }

            if (IPAddress.TryParse(service.Host, out var address) && DnsName.TryParse(other.Host, out var host, out _)
                && (await dns.FindAddressesAsync(host, cancellationToken)).Records.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static SourceAnswer<T> Combine<T>(
        string type, DnsName name, SourceAnswer<T> dnsAnswer, SourceAnswer<T> raidaAnswer, IReadOnlyList<string> differences)
    {
        if (dnsAnswer.Failure is not null || raidaAnswer.Failure is not null)
        {
            return OneSided(type, name, dnsAnswer, raidaAnswer);
        }

        if (raidaAnswer.IsUnsupported)
        {
            return dnsAnswer with { Origin = LookupSource.Dns };
        }

        var isRaida = raidaAnswer.Records.Count > 0 && (differences.Count > 0 || dnsAnswer.Records.Count == 0);
        return (isRaida ? raidaAnswer : dnsAnswer) with
        {
            Ttl = Min(dnsAnswer.Ttl, raidaAnswer.Ttl),
            Origin = isRaida ? LookupSource.Raida : LookupSource.Dns,
            Conflicts = [.. raidaAnswer.Conflicts, .. differences.Select(difference => $"{type} {name}: {difference}")],
        };
    }

    private static SourceAnswer<T> OneSided<T>(
        string type, DnsName name, SourceAnswer<T> dnsAnswer, SourceAnswer<T> raidaAnswer)
    {
        var isDns = dnsAnswer.Failure is null;
        var (answer, failure) = isDns ? (dnsAnswer, raidaAnswer.Failure) : (raidaAnswer, dnsAnswer.Failure);
        if (answer.Failure is not null)
        {
            return SourceAnswer<T>.Failed($"{dnsAnswer.Failure}, and {raidaAnswer.Failure}");
        }

        if (answer.Records.Count == 0)
        {
            var failed = isDns ? raidaAnswer : dnsAnswer;
            return failed;
        }

        var line = $"{type} {name}: only {(isDns ? "DNS" : "the key servers")} answered; {failure}";
        return answer with
        {
            Origin = isDns ? LookupSource.Dns : LookupSource.Raida,
            Conflicts = [.. answer.Conflicts, line],
        };
    }

    private static string[] Compare(HashSet<string> dnsAnswer, HashSet<string> raidaAnswer) =>
    [
        .. dnsAnswer.Except(raidaAnswer).Select(line => $"only DNS has '{line}'"),
        .. raidaAnswer.Except(dnsAnswer).Select(line => $"only the key servers have '{line}'"),
    ];

    private static IReadOnlyList<string> Difference(string dnsAnswer, string raidaAnswer) =>
        [$"DNS has {OrNone(dnsAnswer)}, the key servers have {OrNone(raidaAnswer)}"];

    private static string OrNone(string text) => text.Length == 0 ? "no record" : text;

    private static string Describe(IEnumerable<ServiceTarget> services) =>
        string.Join(' ', services.Select(service => $"{service.Host}:{service.Port}"));

    private static HashSet<string> Lines(IEnumerable<string> texts) => texts
        .SelectMany(text => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        .ToHashSet(StringComparer.Ordinal);

    private static TimeSpan? Min(TimeSpan? one, TimeSpan? other) =>
        one is null || other is null ? one ?? other : one < other ? one : other;
}
