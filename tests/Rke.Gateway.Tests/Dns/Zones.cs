namespace Rke.Gateway.Tests.Dns;

/// <summary>The zones of the real DNS servers.</summary>
internal static class Zones
{
    /// <summary>The sections of long.example.test: longer than a string, and longer than a datagram.</summary>
    public static readonly string LongText = string.Concat(
        Enumerable.Range(100, 60).Select(number =>
            $"[host{number}.long.example.test] co={number}; srv_port={number};"));

    public static readonly string ExampleTest = $"""
        $ORIGIN example.test.
        $TTL 300
        @            SOA ns hostmaster 1 3600 600 86400 30
        @            NS  ns
        ns           A   127.0.0.1

        ; every form, over several records and strings
        _rke._udp.all   200 SRV 20 0 9 backup
        _rke._udp.all   200 SRV 10 0 7575 signal
        raida.all       120 TXT "1" "2" "17"
        raida.all       120 TXT "r0=RKE.secure.com 89828293 30000 " "r1=RKE.secure.com 89828293 30000 "
        raida.all       120 TXT "anonymous=ok"
        raida.all       120 TXT "[*.all.example.test] co=65534; sp: 0, dn=1; id=7; sa=2;" "[notes] 99"
        raida.all       120 TXT "what is this"
        signal          A    192.0.2.10
        signal          AAAA 2001:db8::10

        ; one text of many full strings
        raida.long      TXT {Quote(LongText)}

        ; TXT at the service's name
        _rke._udp.service TXT "5"

        ; a name with something else than what is asked for: no data
        raida.empty     A 192.0.2.1
        _rke._udp.empty PTR ns

        ; decidedly no service
        _rke._udp.refusing SRV 0 0 0 .

        ; services to draw from
        _rke._udp.weighted SRV 10 3 1 a
        _rke._udp.weighted SRV 10 1 2 b
        _rke._udp.weighted SRV 20 1 3 c

        ; what the RAIDA servers say as well, or otherwise
        _rke._udp.both  SRV 10 0 7575 signal
        raida.both      TXT "17" "anonymous=ok"

        ; aliases: within the zone, out of the zone, in a circle
        raida.alias      60 CNAME raida.all
        _rke._udp.alias  60 CNAME _rke._udp.all
        away             CNAME host.other.test.
        circle           CNAME circle2
        circle2          CNAME circle

        """;

    public const string OtherTest = """
        $ORIGIN other.test.
        $TTL 300
        @    SOA ns hostmaster 1 3600 600 86400 30
        @    NS  ns
        ns   A   127.0.0.1
        host A   192.0.2.20

        """;

    // Strings in a zone file: at most 255 characters each.
    private static string Quote(string text) =>
        string.Join(' ', text.Chunk(255).Select(part => $"\"{new string(part)}\""));
}
