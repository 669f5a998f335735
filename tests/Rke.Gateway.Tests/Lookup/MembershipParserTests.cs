using Rke.Dns;
using Rke.Gateway.Tests.Dns;
using Rke.Lookup.Memberships;
using Rke.Wire;

namespace Rke.Gateway.Tests.Lookup;

public class MembershipParserTests
{
    private static readonly DnsName Domain = Names.Parse("www.example.com");

    [Theory]
    [InlineData("1\n2\n17", "1 2 17")]
    [InlineData("0 65534", "0 65534")]
    [InlineData("1,2;17,", "1 2 17")]
    [InlineData("\"1\" \"2\" \"17\"", "1 2 17")]
    [InlineData("1\n1", "1")]
    public void Reads_bare_numbers(string text, string networks)
    {
        var records = Parse(text);

        Assert.Equal(networks, string.Join(' ', records.Memberships.Select(one => one.Network)));
        Assert.All(records.Memberships, one => Assert.Equal("www.example.com", one.HostPattern));
        Assert.Empty(records.Unreadable);
    }

    [Fact]
    public void Reads_the_sample_of_the_specification()
    {
        // In the specification, a space between two of the strings is missing, and each string ends with a space.
        const string sample =
            "\"r0=RKE.secure.com 89828293 30000 \" \"r1=RKE.secure.com 89828293 30000 \" "
            + "\"r10=RKE.secure.com 89828293 30000 \"\"r11=RKE.secure.com 89828293 30000 \"";
        var records = Parse(sample);

        Assert.Equal([0, 1, 10, 11], records.KeyServers.Select(server => (int)server.RaidaId));
        Assert.All(records.KeyServers, server =>
        {
            Assert.Equal(new HostEndpoint("rke.secure.com", 30000), server.Endpoint);
            Assert.Equal(89828293ul, server.KeyNumber);
        });
        Assert.Empty(records.Memberships);
        Assert.Empty(records.Unreadable);
    }

    [Theory]
    [InlineData("r24=192.0.2.7 18446744073709551615 65535", 24, "192.0.2.7", 18446744073709551615, 65535)]
    [InlineData("R3 : 2001:db8::7\t1   2", 3, "2001:db8::7", 1, 2)]
    [InlineData("r0=[2001:DB8::7] 1 2", 0, "2001:db8::7", 1, 2)]
    public void Reads_key_servers(string text, byte id, string host, ulong number, int port)
    {
        var records = Parse(text);

        Assert.Equal(
            new KeyServer(id, new HostEndpoint(host, (ushort)port), number), Assert.Single(records.KeyServers));
        Assert.Empty(records.Unreadable);
    }

    [Fact]
    public void Reads_several_statements_in_a_line()
    {
        var records = Parse("r0=a.example 1 2 r1 = b.example 3 4  anonymous=OK [b.example] co=7 sp : 1 st=2");

        Assert.Equal(2, records.KeyServers.Count);
        Assert.True(records.IsAnonymousFine);
        Assert.Equal(new Membership("b.example", 7, Split: 1, Stripe: 2), Assert.Single(records.Memberships));
        Assert.Empty(records.Unreadable);
    }

    [Theory]
    [InlineData(";")]
    [InlineData(",")]
    [InlineData("\n")]
    [InlineData(" ")]
    [InlineData(" ;\r\n")]
    public void Reads_a_section_with_any_end_of_line(string end)
    {
        string[] lines =
        [
            "[www.example.com]", "co=6", "sp: 1", "st = 2", "dn=-3", "id=10418501", "cp=4", "sa=5",
            "srv_port=7575", "srv_target=signal.example.com",
        ];
        var signal = new HostEndpoint("signal.example.com", 7575);
        var records = Parse(string.Join(end, lines));

        Assert.Equal(
            new Membership("www.example.com", 6, 1, 2, new CoinId(-3, 10418501), 4, 5, signal),
            Assert.Single(records.Memberships));
        Assert.Equal(signal, records.Signal);
        Assert.Empty(records.Unreadable);
    }

    [Theory]
    [InlineData("[www.example.com] srv_port=1", "www.example.com", "www.example.com:1")]
    [InlineData("[*.example.com] srv_port=1", "*.example.com", "www.example.com:1")]
    [InlineData("[%.example.com] srv_port=1", "www.example.com", "www.example.com:1")]
    [InlineData("[*.example.com] srv_target=%.example.com", "*.example.com", "www.example.com:75")]
    [InlineData("[*.example.com] srv_target=s.example.com", "*.example.com", "s.example.com:75")]
    [InlineData("[*.example.com] srv_target=[::1]; srv_port=7", "*.example.com", "::1:7")]
    [InlineData("[mail.example.com] srv_port=1", "mail.example.com", null)]
    [InlineData("[%.example.org] srv_port=1", "%.example.org", null)]
    public void Recognizes_the_hosts_of_a_section(string text, string pattern, string? signal)
    {
        var records = Parse(text);

        Assert.Equal(pattern, Assert.Single(records.Memberships).HostPattern);
        Assert.Equal(6, records.Memberships[0].Network);
        Assert.Equal(signal, records.Signal is { } endpoint ? $"{endpoint.Host}:{endpoint.Port}" : null);
        Assert.Empty(records.Unreadable);
    }

    [Fact]
    public void The_section_of_the_host_itself_comes_before_that_of_any_host()
    {
        var records = Parse("[*.example.com] srv_port=1 [www.example.com] srv_port=2 [%.example.com] srv_port=3");

        Assert.Equal(new HostEndpoint("www.example.com", 2), records.Signal);
    }

    [Fact]
    public void A_second_network_of_a_section_is_a_second_membership()
    {
        var records = Parse("[*.example.com] co=6, sa=1, co=17");

        Assert.Equal(
            [new Membership("*.example.com", 6, ServerAuthentication: 1), new Membership("*.example.com", 17)],
            records.Memberships);
    }

    [Fact]
    public void Notes_are_skipped_up_to_the_next_section()
    {
        var records = Parse("1\n[notes]\nsee [1], call 5; co=9\nr0=a 1 2\n[ NOTES ] 8 \n[b.example]\nco=2");

        Assert.Equal([1, 2], records.Memberships.Select(one => (int)one.Network));
        Assert.Empty(records.KeyServers);
        Assert.Empty(records.Unreadable);
    }

    [Fact]
    public void Records_can_mix_all_forms_and_a_section_ends_with_its_record()
    {
        var records = MembershipParser.Parse(
            Domain, ["[b.example] co=3\n17", "r0=a.example 1 2\nco=5", "anonymous=ok\n[notes]\nx", "9"]);

        Assert.Equal(
            ["b.example 17", "b.example 3", "www.example.com 5", "www.example.com 9"],
            records.Memberships.Select(one => $"{one.HostPattern} {one.Network}"));
        Assert.Single(records.KeyServers);
        Assert.True(records.IsAnonymousFine);
        Assert.Empty(records.Unreadable);
    }

    [Theory]
    [InlineData("65535")]
    [InlineData("-1")]
    [InlineData("1 two 3")]
    [InlineData("this line is nonsense")]
    [InlineData("v=spf1 include:_spf.example.com ~all")]
    [InlineData("r25=a.example 1 2")]
    [InlineData("r0=a.example 1")]
    [InlineData("r0=a.example 1 0")]
    [InlineData("r0=a.example 1 70000")]
    [InlineData("r0=a.example one 2")]
    [InlineData("r0=a.example 1 2 3")]
    [InlineData("r0=a..example 1 2")]
    [InlineData("r0=1.2.3 1 2")]
    [InlineData("r0=0x7f.1 1 2")]
    [InlineData("r0=0x7f.1. 1 2")]
    [InlineData("srv_target=0x7f000001.")]
    [InlineData("r0=010.0.0.1 1 2")]
    [InlineData("r0=fe80::1%1 1 2")]
    [InlineData("r0=")]
    [InlineData("anonymous=no")]
    [InlineData("co=65535")]
    [InlineData("co=065535")]
    [InlineData("co=")]
    [InlineData("co=6 7")]
    [InlineData("dn=128")]
    [InlineData("id=4294967296")]
    [InlineData("srv_port=0")]
    [InlineData("srv_port=00")]
    [InlineData("srv_target=*.example.com")]
    [InlineData("srv_target=%.example.org")]
    [InlineData("zz=1")]
    [InlineData("[not a host]")]
    [InlineData("[unclosed")]
    public void An_invalid_line_is_reported_and_hides_nothing(string line)
    {
        var records = Parse($"17\nr7=a.example 1 2\n{line}\n[www.example.com]\nco=8;{line};anonymous=ok");

        Assert.Equal([line, line], records.Unreadable);
        Assert.Contains(records.Memberships, one => one.Network == 17);
        Assert.Contains(records.Memberships, one => one.Network == 8);
        Assert.Equal(7, Assert.Single(records.KeyServers).RaidaId);
        Assert.True(records.IsAnonymousFine);
    }

    [Fact]
    public void Values_of_an_invalid_section_are_ignored()
    {
        var records = Parse("[not a host] co=9\n5\n[b.example] co=1");

        Assert.Equal(["[not a host]", "co=9", "5"], records.Unreadable);
        Assert.Equal(1, Assert.Single(records.Memberships).Network);
    }

    [Fact]
    public void A_value_given_twice_is_reported()
    {
        Assert.Equal(["sp=2"], Parse("[b.example] co=1; sp=1; sp=2").Unreadable);
    }

    [Fact]
    public void Unreadable_lines_are_few_short_and_printable()
    {
        var records = Parse(
            "\u001b[31mred\u0007 \u202e \\\n" + new string('x', 500) + "\n"
            + string.Concat(Enumerable.Repeat("junk\n", 100)));

        Assert.Equal(ReportedLines.MaxLines + 1, records.Unreadable.Count);
        Assert.StartsWith(@"\u001B", records.Unreadable[0], StringComparison.Ordinal);
        Assert.All(records.Unreadable, line =>
        {
            Assert.True(line.Length <= ReportedLines.MaxLength);
            Assert.All(line, character => Assert.InRange(character, ' ', '~'));
        });
        Assert.EndsWith("more)", records.Unreadable[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Memberships_and_servers_are_bounded()
    {
        var records = Parse(
            string.Join('\n', Enumerable.Range(0, 1000)) + "\n"
            + string.Join('\n', Enumerable.Range(1, 1000).Select(port => $"r0=a.example 1 {port}")));

        Assert.Equal(256, records.Memberships.Count);
        Assert.Equal(256, records.KeyServers.Count);
        Assert.NotEmpty(records.Unreadable);
    }

    private static MembershipRecords Parse(string text) => MembershipParser.Parse(Domain, [text]);
}
