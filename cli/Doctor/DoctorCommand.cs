using System.CommandLine;

namespace Rke.Cli;

/// <summary><c>rkectl doctor</c> checks a gateway, what it depends on, and the DNS records of a domain.</summary>
internal static class DoctorCommand
{

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var domain = new Argument<string?>("domain")
        {
            Description = "A domain whose records and signalling service are checked too: your own, or that of a peer.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command(
            "doctor",
            "Check a gateway, its key servers, coins, state and clock, and the records of a domain. Each finding has a fix.")
        {
            domain,
        };
        var resolver = DomainRecords.ResolverOption();
        command.Add(resolver);
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var diagnosis = new Diagnosis();
            var status = await new GatewayDiagnosis(gateway, parsed, diagnosis).RunAsync(cancellationToken);
            if (parsed.GetValue(domain) is { } name)
            {
                using var records = new DomainRecords(parsed.GetValue(resolver));
                await new DomainDiagnosis(gateway, parsed, diagnosis).RunAsync(name, records, status, cancellationToken);
            }

            diagnosis.Write(terminal, parsed.GetValue(json));
            return (int)diagnosis.ExitCode;
        });
        return command;
    }
}
