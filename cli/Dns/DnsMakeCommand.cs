using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Rke.Dns;
using Rke.Lookup.Memberships;
using Rke.V1;
using Rke.Wire;

namespace Rke.Cli;

/// <summary><c>rkectl dns make</c> prints the records of a domain in the format of zone files.</summary>
internal static class DnsMakeCommand
{
    private const uint DefaultNetwork = Rke.Lookup.Memberships.Membership.DefaultNetwork;

    private static readonly TimeSpan DefaultTtl = TimeSpan.FromMinutes(5);

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var domain = new Argument<string>("domain") { Description = "The domain." };
        var service = new Option<Endpoint?>("--service")
        {
            Description = "The host name and port of the signalling service (Rke:Signal:Listen of your gateway). Default: the domain, port 75.",
            HelpName = "host:port",
            CustomParser = OptionParsers.Endpoint,
        };
        var networks = new Option<ushort[]>("--network")
        {
            Description = "A network whose key servers the domain reads from. Can be given several times. Default: 6, if there is no --server.",
            HelpName = "number",
            AllowMultipleArgumentsPerToken = true,
        };
        var servers = new Option<NamedServer[]?>("--server")
        {
            Description = "A single key server that the domain reads from, as NUMBER=HOST:PORT. Can be given several times.",
            HelpName = "number=host:port",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
            CustomParser = ParseServers,
        };
        var ttl = new Option<TimeSpan>("--ttl")
        {
            Description = "How long resolvers may keep the records, such as 5m.",
            HelpName = "time",
            CustomParser = OptionParsers.Seconds,
            DefaultValueFactory = _ => DefaultTtl,
        };
        var command = new Command("make", "Print the DNS records that a domain needs, in the format of zone files.")
        {
            domain, service, networks, servers, ttl,
        };
        command.SetAction(parsed =>
        {
            var name = ParseName(parsed.GetRequiredValue(domain));
            var target = parsed.GetValue(service) ?? new Endpoint { Host = name.Value, Port = 75 };
            if (IPAddress.TryParse(target.Host, out _))
            {
                throw new FailureException(
                    ExitCode.Usage,
                    "--service must be a host name, because an SRV record cannot name an address.",
                    "Give a host name, and add an A or AAAA record for it.");
            }

            var chosen = parsed.GetValue(servers) ?? [];
            string[] texts =
            [
                .. (parsed.GetValue(networks) is { Length: > 0 } given ? given : chosen.Length == 0 ? [(ushort)DefaultNetwork] : [])
                    .Select(network => network.ToString(CultureInfo.InvariantCulture)),
                .. chosen.Select(server => $"r{server.RaidaId}={server.Endpoint.Host} 0 {server.Endpoint.Port}"),
            ];
            Check(name, texts);
            Write(
                terminal,
                parsed.GetValue(json),
                (int)parsed.GetValue(ttl).TotalSeconds,
                [
                    new($"_rke._udp.{name}.", "SRV", $"0 0 {target.Port} {ParseName(target.Host)}."),
                    new($"raida.{name}.", "TXT", string.Join(' ', texts.Select(text => $"\"{text}\""))),
                ],
                $"{ParseName(target.Host)} needs an A or AAAA record.");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static DnsName ParseName(string text) => DnsName.TryParse(text, out var name, out var error)
        ? name
        : throw new FailureException(ExitCode.Usage, $"'{text}' is not a domain name: {error.Describe()}.", "Correct the name.");

    // The gateway reads the records with the same parser.
    private static void Check(DnsName domain, string[] texts)
    {
        if (MembershipParser.Parse(domain, texts).Unreadable is [var line, ..])
        {
            throw new FailureException(
                ExitCode.Usage, $"A gateway could not read '{line}'.", "Networks are 0-65534, key servers 0-24, and hosts are names or addresses.");
        }
    }

    private static void Write(Terminal terminal, bool json, int ttl, ZoneRecord[] records, string note)
    {
        if (json)
        {
            new Report()
                .Add("records", new JsonArray([.. records.Select(record => new JsonObject
                {
                    ["name"] = record.Name,
                    ["ttl"] = ttl,
                    ["type"] = record.Type,
                    ["data"] = record.Data,
                })]))
                .Add("note", note)
                .Write(terminal, json: true);
            return;
        }

        var width = records.Max(record => record.Name.Length);
        foreach (var record in records)
        {
            terminal.Out.WriteLine($"{record.Name.PadRight(width)}  {ttl}  IN  {record.Type}  {record.Data}");
        }

        terminal.Out.WriteLine($"; {note}");
    }

    private static NamedServer[]? ParseServers(ArgumentResult result)
    {
        var servers = new List<NamedServer>();
        foreach (var token in result.Tokens)
        {
            var at = token.Value.IndexOf('=', StringComparison.Ordinal);
            if (at < 0
                || !byte.TryParse(token.Value[..at], NumberStyles.None, CultureInfo.InvariantCulture, out var raidaId)
                || raidaId > RaidaNetwork.MaxRaidaId
                || !OptionParsers.TryParseEndpoint(token.Value[(at + 1)..], out var endpoint))
            {
                result.AddError($"--server '{token.Value}' is not NUMBER=HOST:PORT, such as 14=192.0.2.14:50014. NUMBER is 0 to 24.");
                return null;
            }

            servers.Add(new(raidaId, endpoint));
        }

        return [.. servers];
    }

    private sealed record NamedServer(byte RaidaId, Endpoint Endpoint);

    private sealed record ZoneRecord(string Name, string Type, string Data);
}
