using System.CommandLine;

namespace Rke.Cli;

/// <summary><c>rkectl dns check</c> looks up the records of a domain from this machine, and checks them. It needs no gateway.</summary>
internal static class DnsCheckCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var domain = new Argument<string>("domain") { Description = "The domain." };
        var resolver = DomainRecords.ResolverOption();
        var command = new Command("check", "Check the DNS records of a domain. This needs no gateway.") { domain, resolver };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var diagnosis = new Diagnosis();
            using var records = new DomainRecords(parsed.GetValue(resolver));
            var name = parsed.GetRequiredValue(domain);
            DomainDiagnosis.Report(name, await records.CheckAsync(name, cancellationToken), diagnosis);
            diagnosis.Write(terminal, parsed.GetValue(json));
            return (int)diagnosis.ExitCode;
        });
        return command;
    }
}
