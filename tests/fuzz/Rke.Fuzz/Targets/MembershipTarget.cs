using System.Globalization;
using System.Text;
using Rke.Dns;
using Rke.Fuzz.Driving;
using Rke.Lookup.Memberships;
using Rke.Wire;

namespace Rke.Fuzz.Targets;

/// <summary>Membership records of a domain. NUL bytes separate the records of the input.</summary>
internal sealed class MembershipTarget() : FuzzTarget("membership")
{
    private const int MaxEntries = 256;

    // To write and read more entries costs more time than it finds.
    private const int Rewritten = 4;

    private static readonly DnsName Domain = DnsName.TryParse("www.example.com", out var name, out _) ? name : null!;

    public override bool IsText => true;

    // The properties write memberships as text and read them again.
    public override long AllocationLimit(int inputLength) => (256 << 10) + (512L * inputLength);

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. ((string[])
        [
            "co=", "sp=", "st=", "dn=", "id=", "cp=", "sa=", "srv_port=", "srv_target=", "anonymous=ok", "[notes]", "[www.example.com]",
            "[*.example.com]", "[%.example.com]", "[", "]", ";", ",", "\"", "\n", "\0", "r0=", "r24=", "r25=", "65534", "65535", "6", " ",
            "example.com", "[::1]", "127.0.0.1",
        ]).Select(Encoding.ASCII.GetBytes),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        var records = Encoding.UTF8.GetString(input).Split('\0');
        var read = MembershipParser.Parse(Domain, records);
        PropertyViolation.Unless(read.Memberships.Count <= MaxEntries && read.KeyServers.Count <= MaxEntries, "There are too many entries.");
        PropertyViolation.Unless(read.Unreadable.Count <= ReportedLines.MaxLines + 1, "There are too many reported lines.");
        PropertyViolation.Unless(
            read.Unreadable.All(line => line.Length <= ReportedLines.MaxLength && !line.AsSpan().ContainsAnyExceptInRange(' ', '~')),
            "A reported line is too long, or is not printable ASCII.");
        PropertyViolation.Unless(
            read.Memberships.Distinct().Count() == read.Memberships.Count && read.KeyServers.Distinct().Count() == read.KeyServers.Count,
            "An entry is listed twice.");
        PropertyViolation.Unless(
            read.Memberships.All(membership => membership.Network <= MembershipParser.MaxNetwork), "A network has the number 65535.");
        foreach (var membership in read.Memberships.Take(Rewritten).Concat(read.Memberships.TakeLast(1)))
        {
            Check(membership);
        }

        foreach (var server in read.KeyServers.Take(Rewritten))
        {
            PropertyViolation.Unless(server.RaidaId <= RaidaNetwork.MaxRaidaId && server.Endpoint.Port != 0, "A key server is invalid.");
            var text = string.Create(
                CultureInfo.InvariantCulture, $"r{server.RaidaId}={server.Endpoint.Host} {server.KeyNumber} {server.Endpoint.Port}");
            PropertyViolation.Unless(
                MembershipParser.Parse(Domain, [text]) is { Unreadable: [], KeyServers: [var again] } && again == server,
                $"A key server changes when it is written and read: {text}");
        }

        if (read.Signal is { } signal)
        {
            PropertyViolation.Unless(
                signal.Port != 0 && HostText.TryParse(signal.Host, out var host) && host == signal.Host, "A signalling service is invalid.");
        }
    }

    private static void Check(Membership membership)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"[{membership.HostPattern}] co={membership.Network}; sp={membership.Split}; st={membership.Stripe}; ");
        text.Append(CultureInfo.InvariantCulture, $"cp={membership.ClientPrivacy}; sa={membership.ServerAuthentication};");
        if (membership.Coin is { } coin)
        {
            text.Append(CultureInfo.InvariantCulture, $"dn={coin.Denomination}; id={coin.SerialNumber};");
        }

        if (membership.Signal is { } signal)
        {
            text.Append(CultureInfo.InvariantCulture, $"srv_target={signal.Host}; srv_port={signal.Port}");
        }

        PropertyViolation.Unless(
            MembershipParser.Parse(Domain, [text.ToString()]) is { Unreadable: [], Memberships: [var again] } && again == membership,
            $"A membership changes when it is written and read: {text}");
    }
}
