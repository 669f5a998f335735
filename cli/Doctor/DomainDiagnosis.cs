using System.CommandLine;
using System.Security.Cryptography;
using Google.Protobuf;
using Rke.Dns;
using Rke.Lookup;
using Rke.V1;

namespace Rke.Cli;

/// <summary>Checks the records of a domain from this machine and from the gateway, and whether its signalling service answers.</summary>
internal sealed class DomainDiagnosis(GatewayOptions gateway, ParseResult parsed, Diagnosis diagnosis)
{
    private const string Records = "records";
    private const string Signals = "signals";

    public async Task RunAsync(
        string domain, DomainRecords records, GetStatusResponse? status, CancellationToken cancellationToken)
    {
        // DNS does not have these names.
        var isRaida = DnsName.TryParse(domain, out var name, out _) && name.IsAtOrUnder("raida");
        var own = isRaida ? null : await records.CheckAsync(domain, cancellationToken);
        if (own is not null)
        {
            Report(domain, own, diagnosis);
        }

        if (status is null)
        {
            return;
        }

        LookupResponse found;
        try
        {
            found = await gateway.CallAsync(
                parsed, (client, options) => client.LookupAsync(new() { Domain = domain }, options), cancellationToken);
        }
        catch (FailureException exception)
        {
            diagnosis.Fail(Records, exception.Failure with { Message = $"The gateway cannot look up {domain}: {exception.Failure.Message}" });
            return;
        }

        Compare(domain, own, found);
        CheckNetworks(domain, found, status);
        if (found.Signal is not null)
        {
            await SignalAsync(domain, found.Signal, status, cancellationToken);
        }
    }

    /// <summary>Reports what a check of the records from this machine found.</summary>
    public static void Report(string domain, CheckedDomain found, Diagnosis diagnosis)
    {
        foreach (var problem in found.Problems)
        {
            diagnosis.Fail(Records, $"{problem.Problem}.", $"{char.ToUpperInvariant(problem.Fix[0])}{problem.Fix[1..]}.");
        }

        if (found.Answer is not { } answer)
        {
            return;
        }

        foreach (var service in answer.Signals.Where(service => found.Addresses[service.Host].Count > 0))
        {
            diagnosis.Good(
                Records, $"signalling service {service.Host}:{service.Port} ({string.Join(", ", found.Addresses[service.Host])})");
        }

        if (found.Problems.Count == 0)
        {
            diagnosis.Good(Records, $"{domain} reads from {NetworksOf(answer)}");
        }
    }

    private static string NetworksOf(LookupAnswer answer)
    {
        var networks = answer.Records.Memberships.Select(membership => membership.Network).Distinct().Order().ToArray();
        var servers = answer.Records.KeyServers.Count;
        var names = networks.Length == 0 ? "" : $"network {string.Join(", ", networks)}";
        return servers == 0 ? names : names.Length == 0 ? $"{servers} key servers" : $"{names} and {servers} key servers";
    }

    // Both have cached records for a while, so only the names of the services are compared.
    private void Compare(string domain, CheckedDomain? own, LookupResponse found)
    {
        if (own?.Answer is { } answer && found.Signal is { } signal
            && !answer.Signals.Any(service => service.Host == signal.Host && service.Port == signal.Port))
        {
            diagnosis.Warn(
                Records,
                $"The gateway uses the signalling service {ResponseJson.Of(signal)} for {domain}, which is not in the records that this machine finds.",
                "If the records have changed, wait for their TTL. Otherwise compare Rke:Dns:Resolver with the resolver of this machine.");
        }

        if (found.Stale)
        {
            diagnosis.Warn(
                Records, $"The gateway uses expired records of {domain}, because it gets no new ones.", "Check Rke:Dns:Resolver of the gateway.");
        }
    }

    private void CheckNetworks(string domain, LookupResponse found, GetStatusResponse status)
    {
        var theirs = found.Memberships.Select(membership => membership.Network).Distinct().Order().ToArray();
        if (theirs.Length > 0 && found.KeyServers.Count == 0 && !theirs.Any(id => status.Networks.Any(network => network.Network == id)))
        {
            diagnosis.Fail(
                Records,
                $"{domain} reads from network {string.Join(", ", theirs)}, and the gateway has only network "
                    + $"{string.Join(", ", status.Networks.Select(network => network.Network))}.",
                $"Correct the networks in the TXT records of {domain}, or add the network to Rke:Networks.");
        }
    }

    // A Signal that names a part which does not exist: a service that works answers that it used none.
    private async Task SignalAsync(string domain, Endpoint signal, GetStatusResponse status, CancellationToken cancellationToken)
    {
        try
        {
            var servers = await gateway.CallAdminAsync(
                parsed,
                (client, options) => client.ListServersAsync(new() { Network = status.Networks.FirstOrDefault()?.Network ?? 0 }, options),
                cancellationToken);
            if (servers.Servers.FirstOrDefault(server => server.Address is not null) is not { } server)
            {
                return;
            }

            var part = new KeyPartLocation
            {
                KeyIdHash = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
                Server = server.Address,
            };
            var answered = await gateway.CallAsync(
                parsed,
                (client, options) => client.SignalAsync(new() { Domain = domain, Parts = { part } }, options),
                cancellationToken);
            diagnosis.Good(Signals, $"the signalling service of {domain} answers at {ResponseJson.Of(answered.Endpoint)}");
        }
        catch (FailureException exception) when (exception.Failure.Reason is "TARGET_NOT_ALLOWED" or "NOT_PERMITTED")
        {
            diagnosis.Note(
                Signals,
                $"{ResponseJson.Of(signal)} was not tried: {exception.Failure.Message} If the gateway signals to {domain}, add it to Rke:Targets:Allow.");
        }
        catch (FailureException exception)
        {
            diagnosis.Fail(Signals, exception.Failure with
            {
                Message = $"The signalling service of {domain} at {ResponseJson.Of(signal)} does not answer: {exception.Failure.Message}",
                Advice = "Check that a gateway with Rke:Signal:Listen runs at this address, that the record names its port, and that firewalls permit UDP.",
            });
        }
    }
}
