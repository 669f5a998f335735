using System.Net;
using System.Net.Sockets;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Asks DNS and the RAIDA servers and compares. Where they differ the RAIDA servers' records hold, because several of
/// them agreed and nobody on the way could change them; the difference is reported. That there is no record counts
/// only when both could be asked.
/// </summary>
internal sealed class BothRecordSource(IRecordSource dns, IRecordSource raida) : IRecordSource
{
    public LookupSource Kind => LookupSource.Dns;

    public async Task<SourceAnswer<ServiceTarget>> FindServicesAsync(DnsName name, CancellationToken cancellationToken)
    {
        var (ours, theirs) = await AskAsync(source => source.FindServicesAsync(name, cancellationToken));
        var isSame = ours.Records.Count == 0 && theirs.Records.Count == 0;
        foreach (var service in theirs.Records)
        {
            isSame |= await IsAmongAsync(service, ours.Records, cancellationToken);
        }

        return Combine("SRV", name, ours, theirs, isSame ? [] : Tell(Describe(ours.Records), Describe(theirs.Records)));
    }

    public async Task<SourceAnswer<string>> FindTextsAsync(DnsName name, CancellationToken cancellationToken)
    {
        var (ours, theirs) = await AskAsync(source => source.FindTextsAsync(name, cancellationToken));
        return Combine("TXT", name, ours, theirs, Compare(Lines(ours.Records), Lines(theirs.Records)));
    }

    public async Task<SourceAnswer<IPAddress>> FindAddressesAsync(DnsName name, CancellationToken cancellationToken)
    {
        var (ours, theirs) = await AskAsync(source => source.FindAddressesAsync(name, cancellationToken));

        // A name lookup knows one IPv4 address, DNS may know several and of both kinds.
        var isSame = theirs.Records.Count == 0
            ? !ours.Records.Any(address => address.AddressFamily == AddressFamily.InterNetwork)
            : theirs.Records.All(ours.Records.Contains);
        var difference = isSame ? [] : Tell(string.Join(' ', ours.Records), string.Join(' ', theirs.Records));
        return Combine("A", name, ours, theirs, difference);
    }

    private async Task<(SourceAnswer<T> Dns, SourceAnswer<T> Raida)> AskAsync<T>(
        Func<IRecordSource, Task<SourceAnswer<T>>> ask)
    {
        var answers = await Task.WhenAll(ask(dns), ask(raida));
        return (answers[0], answers[1]);
    }

    // DNS names a host where a name lookup gives its address.
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
        string type, DnsName name, SourceAnswer<T> ours, SourceAnswer<T> theirs, IReadOnlyList<string> differences)
    {
        if (ours.Failure is not null || theirs.Failure is not null)
        {
            return Uncompared(type, name, ours, theirs);
        }

        if (theirs.IsMute)
        {
            return ours with { Origin = LookupSource.Dns };
        }

        var isTheirs = theirs.Records.Count > 0 && (differences.Count > 0 || ours.Records.Count == 0);
        return (isTheirs ? theirs : ours) with
        {
            Ttl = Shorter(ours.Ttl, theirs.Ttl),
            Origin = isTheirs ? LookupSource.Raida : LookupSource.Dns,
            Conflicts = [.. theirs.Conflicts, .. differences.Select(difference => $"{type} {name}: {difference}")],
        };
    }

    private static SourceAnswer<T> Uncompared<T>(
        string type, DnsName name, SourceAnswer<T> ours, SourceAnswer<T> theirs)
    {
        var isDns = ours.Failure is null;
        var (answer, failure) = isDns ? (ours, theirs.Failure) : (theirs, ours.Failure);
        if (answer.Failure is not null)
        {
            return SourceAnswer<T>.Failed($"{ours.Failure}, and {theirs.Failure}");
        }

        if (answer.Records.Count == 0)
        {
            var failed = isDns ? theirs : ours;
            return failed;
        }

        var line = $"{type} {name}: only {(isDns ? "DNS" : "the RAIDA")} could be asked; {failure}";
        return answer with
        {
            Origin = isDns ? LookupSource.Dns : LookupSource.Raida,
            Conflicts = [.. answer.Conflicts, line],
        };
    }

    private static string[] Compare(HashSet<string> ours, HashSet<string> theirs) =>
    [
        .. ours.Except(theirs).Select(line => $"only DNS says '{line}'"),
        .. theirs.Except(ours).Select(line => $"only the RAIDA say '{line}'"),
    ];

    private static IReadOnlyList<string> Tell(string ours, string theirs) =>
        [$"DNS says {OrNothing(ours)}, the RAIDA say {OrNothing(theirs)}"];

    private static string OrNothing(string text) => text.Length == 0 ? "nothing" : text;

    private static string Describe(IEnumerable<ServiceTarget> services) =>
        string.Join(' ', services.Select(service => $"{service.Host}:{service.Port}"));

    private static HashSet<string> Lines(IEnumerable<string> texts) => texts
        .SelectMany(text => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        .ToHashSet(StringComparer.Ordinal);

    private static TimeSpan? Shorter(TimeSpan? one, TimeSpan? other) =>
        one is null || other is null ? one ?? other : one < other ? one : other;
}
